# One line a target: mailcast_fuzz(NAME USES modules)
mailcast_fuzz(html USES base text)
