"""The numbers by which the kernel calls activations, losses, optimizers and the columns of its tables."""

# Activations: what each does with its two options is in `network.activate`.
IDENTITY, RELU, LEAKY_RELU, ELU, TANH, SIGMOID, SILU, GELU, GELU_TANH, SOFTPLUS = range(10)
# Losses, averaged over the batch.
BCE, BCE_WITH_LOGITS, MSE, CROSS_ENTROPY, HINGE, PERCEPTRON = range(6)
# Optimizers, and where their options are in `Task.options`, with those of the penalties on weights.
SGD, RMSPROP, ADAM, ADAMW, ADAGRAD = range(5)
(
    LR, WEIGHT_DECAY, MOMENTUM, DAMPENING, NESTEROV, ALPHA, EPS, CENTERED, BETA1, BETA2, AMSGRAD, LR_DECAY, L1, L2,
) = range(14)  # fmt: skip
OPTIONS = 14
# What `Task.tensors` says of each parameter: where it, its gradient and the optimizer's parts of it begin in
# `Task.memory`, how many numbers it has, and whether it is a weight, which penalties are on.
VALUE, GRADIENT, FIRST, SECOND, THIRD, SIZE, IS_WEIGHT = range(7)
# What `Task.layers` says of each.
INPUTS, OUTPUTS, WEIGHT, BIAS, ACTIVATION = range(5)
# What `counts` and `sums` of a run hold.
EPOCH, SAMPLES, STEP, BATCHES, UPDATES = range(5)
LOSS_SUM, ACCURACY_SUM, ACCURACY_TOTAL = range(3)
# Why a call ended.
LIMIT, STOPPED, DIVERGED, MET = range(4)
