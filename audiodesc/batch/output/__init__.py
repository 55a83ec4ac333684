"""What people and machines see of a batch, made from its films as the state has them: tables, JSON lines, a page, a
sheet, metrics."""
