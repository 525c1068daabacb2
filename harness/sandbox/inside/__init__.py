"""What runs in the sandbox: standard library only, no word of the harness, no expected value.

`server` is started once and forks a process for each program; `program` is that process, and
`judging` the one that runs a data set's own tests. All of them treat what they hold as lost to the
program: they keep it in, and decide nothing.
"""
