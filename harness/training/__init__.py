"""A thin driver over ms-swift: the persona's rows, the mix, the command, and a record of it all."""
