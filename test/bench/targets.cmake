# One line a target: mailcast_bench(NAME USES modules)
