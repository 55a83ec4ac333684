"""One describer for the films of a batch: the process that has it (`host`), and what stands for it in a film's own
process (`proxy`), whatever lies between the two."""
