# One line a target: mailcast_fuzz(NAME USES modules)
