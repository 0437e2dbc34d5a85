"""The microphone doctor: measure what would come in, the machine and the model, before any label is trusted.

`signal` and `spectrum` are pure functions of samples, `device` and `machine` examine what there is, `verdicts` says
what is good enough, `report` prints it, `examine` puts them in order.
"""
