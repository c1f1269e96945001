// How a model of tables is trained, by name: its optimiser, its activation.
// Source: recipe.ts, which has what is behind each optimiser.
// It imports nothing: the help names them, and is not to load what trains.

/** Optimisers. */
export const optimizerNames = ['adam', 'sgd', 'rmsprop', 'adagrad', 'adadelta'] as const
export type OptimizerName = (typeof optimizerNames)[number]

/** What hidden layers may end in. */
export const activations = ['tanh', 'relu', 'sigmoid', 'elu', 'softplus', 'softsign'] as const
