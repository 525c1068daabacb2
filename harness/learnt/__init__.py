"""A claims reader that is learnt: a language model with a LoRA adapter, beside the reader by rules.

Of whoever a question or its answer names it is asked what the speaker says of them (`asked`). It is trained on the
golden answers (`training`), and reads what stored runs hold, or the golden answers that it was not trained on (`reader`).
It decides nothing: `harness second-reader RUN --reader FOLDER` shows what it reads otherwise than the rules.
"""
