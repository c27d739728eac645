"""The seven steps (七步议事法): tables and the pure rules on them."""
