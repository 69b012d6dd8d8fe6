"""Options of the classifiers, by kind."""

from __future__ import annotations

from dataclasses import dataclass

from genrelens.options import option


@dataclass(frozen=True)
class LogisticOptions:
    """Of `logistic`, multinomial logistic regression.

    Attributes:
        l2: penalty on the coefficients; half of it times the sum of their squares is added to the mean loss.
    """

    l2: float = option(0.01, least=0)


@dataclass(frozen=True)
class RadialOptions:
    """Of `radial`, logistic regression on radial basis functions.

    Attributes:
        l2: penalty on the coefficients.
        centres: about how many functions, as many for each genre.
        width: times the number of values it is the squared width: 2 is the kernel exp(-|x-y|²/2d).
    """

    l2: float = option(1e-4, least=0)
    centres: int = option(300, least=1)
    width: float = option(2.0, above=0)


@dataclass(frozen=True)
class KernelOptions:
    """Of `kernel`, kernel ridge regression on principal components.

    Attributes:
        components: how many principal components are kept.
        centres: about how many functions, as many for each genre.
        width: the functions are exp(-|x-y|²/2s), s being `width` times the mean squared length of the rows.
        ridge: penalty on the squared norm of the function; the larger, the smoother it is.
        wccn_shrinkage: of within-class covariance normalisation (WCCN): how much of the mean variance is
            blended into the scatter within a track; the larger, the less directions are reweighted.
        inverse_temperature: probabilities are the softmax of this times the function.
    """

    components: int = option(256, least=1)
    centres: int = option(800, least=1)
    width: float = option(1.0, above=0)
    ridge: float = option(1.0, above=0)
    wccn_shrinkage: float = option(1.0, above=0)
    inverse_temperature: float = option(10.0, above=0)


@dataclass(frozen=True)
class WideMlpOptions:
    """Of `wide_mlp`, several multilayer perceptrons with one hidden layer each, concatenated into one.

    Attributes:
        networks: how many.
        hidden: units of each.
        epochs: of training.
        rate: the highest learning rate.
        batch: rows a step.
        decay: decoupled weight decay.
        dropout, input_dropout: proportion of hidden units, and of inputs, dropped in a step.
        mixup: both parameters of the Beta distribution that rows are mixed by; 0 mixes none.
        smoothing: proportion of each label spread over all genres.
        rows_an_epoch: rows drawn in an epoch; 0 for as many as there are.
    """

    networks: int = option(5, least=1)
    hidden: int = option(96, least=1)
    epochs: int = option(60, least=1)
    rate: float = option(2e-3, above=0, below=10)
    batch: int = option(256, least=1)
    decay: float = option(0.02, least=0)
    dropout: float = option(0.5, least=0, below=1)
    input_dropout: float = option(0.2, least=0, below=1)
    mixup: float = option(0.3, least=0)
    smoothing: float = option(0.05, least=0, below=1)
    rows_an_epoch: int = option(0, least=0)
