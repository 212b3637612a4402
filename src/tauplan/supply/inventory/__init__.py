"""Classical inventory policies for parts planned singly: how much to order, and when."""
