"""`python -m harness.parity JOB ANSWERS`: the process in which one engine is asked."""

import os
import sys

from harness.parity.worker import main

if __name__ == "__main__":  # vLLM imports this file again in the processes that it starts
    main(*sys.argv[1:])
    # All is written. Ending as Python does lets a thread that vLLM left behind abort the process now and then.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
