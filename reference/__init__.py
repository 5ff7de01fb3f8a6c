"""The course's reference implementations: what a right answer to each assignment computes.

One module per topic, read in one sitting, importing nothing of the grader. Importing this package imports
nothing else; `torch_mlp` and `torch_linear_f_linear_g` need PyTorch, `digits` needs scikit-learn once called.
"""
