"""`python -m harness.parity JOB ANSWERS`: the process in which one engine is asked."""

import sys

from harness.parity.worker import main

if __name__ == "__main__":  # vLLM imports this file again in the processes that it starts
    main(*sys.argv[1:])
