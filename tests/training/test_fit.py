"""Training learns, is repeatable, stops early on its own validation part, and is the same on any device."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genrelens.models import ARCHITECTURES, Shape, build_network  # noqa: E402
from genrelens.recipes.load import Training  # noqa: E402
from genrelens.training.adam import FusedAdam  # noqa: E402
from genrelens.training.fit import chosen_device, train_networks  # noqa: E402
from genrelens.training.matrix import Clips, Fold, clips_of  # noqa: E402
from genrelens.training.sequential import predict, train_sequentially  # noqa: E402
from genrelens.training.stacked import train_stacked  # noqa: E402

WIDTH, GENRES = 6, 3
SHAPE = Shape(width=WIDTH, genres=GENRES, hidden=16, lstm_width=8)


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def make_clips(name: str, rows: int = 50, even: bool = False, seed: int = 0) -> Clips:
    """Three genres that differ in which columns move together."""
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % GENRES
    arrays = []
    for label in labels:
        frames = 40 if even else int(random.integers(12, 60))
        size = (frames, WIDTH) if ARCHITECTURES[name].takes_frames else (WIDTH,)
        array = random.normal(3.0, 2.0, size)
        array[..., label] += 2.5
        arrays.append(array.astype(np.float32))
    return clips_of(arrays, labels, GENRES)


def three_folds(rows: int = 50) -> list[Fold]:
    """Of different sizes, so that the last has one step more than the first: 38, 40 and 33 rows."""
    everything = np.arange(rows)
    return [
        Fold(everything[12:], everything[:6], seed=(5, 0)),
        Fold(everything[:40], everything[40:47], seed=(5, 1)),
        Fold(everything[:33], everything[33:], seed=(5, 2)),
    ]


@pytest.mark.parametrize("name", ARCHITECTURES)
@pytest.mark.parametrize("balance", ["weights", "sampling"])
def test_folds_trained_as_one_stack_equal_folds_trained_alone(name: str, balance: str) -> None:
    training = Training(epochs=4, batch=8, learning_rate=5e-3, schedule="cosine", balance=balance)
    clips, folds = make_clips(name), three_folds()
    stacked = train_stacked(ARCHITECTURES[name], SHAPE, training, clips, folds, torch.device("cpu"))
    for fold, together in zip(folds, stacked, strict=True):
        [alone] = train_sequentially(ARCHITECTURES[name], SHAPE, training, clips, [fold])
        for key, value in alone.weights.items():
            # Adam divides a gradient by its own size: where it is all rounding, single weights drift
            np.testing.assert_allclose(together.weights[key], value, atol=1e-3, err_msg=key)
            assert np.abs(together.weights[key] - value).mean() < 1e-5
        for one, two in zip(together.curve, alone.curve, strict=True):
            assert one.train_loss == pytest.approx(two.train_loss, abs=1e-4)
            assert one.valid_loss == pytest.approx(two.valid_loss, abs=1e-4)
            assert one.valid_accuracy == pytest.approx(two.valid_accuracy)
        rows = np.arange(50)
        probabilities = [predict(ARCHITECTURES[name], SHAPE, one, clips, rows) for one in (alone, together)]
        np.testing.assert_allclose(*probabilities, atol=1e-4)


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_clips_of_one_length_and_padding_give_the_same_on_both_ways(padding: str) -> None:
    training, shape = Training(epochs=2, batch=16), replace(SHAPE, padding=padding)
    for even in (True, False):
        clips, fold = make_clips("cnn_max", even=even), Fold(np.arange(50))
        [alone] = train_sequentially(ARCHITECTURES["cnn_max"], shape, training, clips, [fold])
        [stacked] = train_stacked(
            ARCHITECTURES["cnn_max"], shape, training, clips, [fold], torch.device("cpu")
        )
        for key, value in alone.weights.items():
            np.testing.assert_allclose(stacked.weights[key], value, atol=1e-4, err_msg=key)


def test_folds_that_stop_early_leave_the_stack_as_they_would_have_stopped_alone() -> None:
    training = Training(epochs=60, batch=8, learning_rate=0.02, validation=0.2, patience=2)
    clips, folds = make_clips("mlp"), three_folds()
    stacked = train_stacked(ARCHITECTURES["mlp"], SHAPE, training, clips, folds, torch.device("cpu"))
    alone = train_sequentially(ARCHITECTURES["mlp"], SHAPE, training, clips, folds)
    assert [len(one.curve) for one in stacked] == [len(one.curve) for one in alone]
    assert len({len(one.curve) for one in alone}) > 1, "the folds should stop at different epochs"
    for one, two in zip(stacked, alone, strict=True):
        assert one.best_epoch == two.best_epoch < len(two.curve)
        np.testing.assert_allclose(one.weights["dense.weight"], two.weights["dense.weight"], atol=1e-3)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_network_learns_what_can_be_learnt(name: str) -> None:
    training = Training(epochs=25, batch=8, learning_rate=5e-3)
    clips, unheard = make_clips(name, 60), make_clips(name, 60, seed=9)
    [trained] = train_sequentially(ARCHITECTURES[name], SHAPE, training, clips, [Fold(np.arange(60))])
    answers = predict(ARCHITECTURES[name], SHAPE, trained, unheard, np.arange(60)).argmax(1)
    assert (answers == unheard.labels).mean() > (0.55 if name == "mlp" else 0.9)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    training, clips = Training(epochs=2, batch=8), make_clips("cnn_avg_lstm")

    def weights(seed: int) -> bytes:
        fold = Fold(np.arange(50), seed=(seed,))
        [one] = train_sequentially(ARCHITECTURES["cnn_avg_lstm"], SHAPE, training, clips, [fold])
        return b"".join(value.tobytes() for value in one.weights.values())

    assert weights(1) == weights(1) != weights(2)


def test_the_kept_weights_are_those_of_the_best_epoch_on_the_validation_part() -> None:
    training = Training(epochs=40, batch=8, learning_rate=0.02, validation=0.2, patience=3)
    clips, fold = make_clips("mlp"), three_folds()[0]
    [trained] = train_sequentially(ARCHITECTURES["mlp"], SHAPE, training, clips, [fold])
    losses = [point.valid_loss for point in trained.curve]
    assert trained.best_epoch == int(np.argmin(losses)) + 1 == len(losses) - 3
    shorter = replace(training, epochs=trained.best_epoch, validation=0.0, patience=0)
    [again] = train_sequentially(
        ARCHITECTURES["mlp"], SHAPE, shorter, clips, [Fold(fold.train, seed=fold.seed)]
    )
    np.testing.assert_array_equal(again.weights["dense.weight"], trained.weights["dense.weight"])


@pytest.mark.parametrize("name", ["cnn_avg", "mlp"])
def test_a_followed_curve_is_the_same_on_both_ways_and_may_choose_the_epoch(name: str) -> None:
    training = Training(epochs=12, batch=8, learning_rate=0.01, validation=0.2, patience=3)
    clips, everything = make_clips(name), np.arange(50)
    folds = [
        Fold(everything[:30], everything[40:], (4,), everything[30:40]),
        Fold(everything[:40], seed=(5,), followed=everything[40:], stops_by_followed=True),
        Fold(everything[5:], seed=(6,), chosen_epoch=2),
    ]
    ways = [
        train_sequentially(ARCHITECTURES[name], SHAPE, training, clips, folds),
        train_stacked(ARCHITECTURES[name], SHAPE, training, clips, folds, torch.device("cpu")),
    ]
    for alone, together in zip(*ways, strict=True):
        assert alone.best_epoch == together.best_epoch
        assert [one.followed_accuracy for one in alone.curve] == pytest.approx(
            [one.followed_accuracy for one in together.curve]
        )
    for by_patience, by_curve, told in ways:
        losses = [point.valid_loss for point in by_patience.curve]
        assert by_patience.best_epoch == int(np.argmin(losses)) + 1
        followed = [point.followed_accuracy for point in by_curve.curve]
        assert len(followed) == 12
        assert by_curve.best_epoch == int(np.argmax(followed)) + 1
        answers = predict(ARCHITECTURES[name], SHAPE, by_curve, clips, everything[40:]).argmax(1)
        assert (answers == clips.labels[40:]).mean() == pytest.approx(max(followed))
        assert told.best_epoch == 2
        assert told.curve[0].followed_accuracy is None


@pytest.mark.parametrize("train", [train_sequentially, train_stacked])
def test_patience_without_anything_set_apart_trains_all_epochs(train) -> None:
    training = Training(epochs=6, batch=8, validation=0.2, patience=2)
    device = (torch.device("cpu"),) if train is train_stacked else ()
    [one] = train(ARCHITECTURES["mlp"], SHAPE, training, make_clips("mlp"), [Fold(np.arange(50))], *device)
    assert one.best_epoch == len(one.curve) == 6
    assert set(one.weights) == {"hidden.weight", "hidden.bias", "dense.weight", "dense.bias"}


def test_a_weight_without_a_gradient_is_left_alone_by_the_optimiser() -> None:
    starts = [np.full(2, value, np.float32) for value in (1.0, 2.0, 3.0)]
    ours, theirs = ([torch.tensor(start, requires_grad=True) for start in starts] for _ in range(2))
    adam, reference = FusedAdam(ours), torch.optim.Adam(theirs, lr=0.1)
    for moved in ([0, 2], [1], [], [0, 1, 2]):  # which weights the loss depends on, step by step
        for weights in (ours, theirs):
            if moved:
                sum((weights[place] ** 2).sum() * (place + 1) for place in moved).backward()
        adam.step(0.1)
        reference.step()
        reference.zero_grad()
        for one, two in zip(ours, theirs, strict=True):
            torch.testing.assert_close(one, two)


def test_statistics_of_the_input_come_from_the_training_rows_alone() -> None:
    clips = make_clips("mlp")
    changed = Clips(clips.x.copy(), None, clips.labels, GENRES)
    changed.x[40:] += 1000.0
    fold, training = Fold(np.arange(40)), Training(epochs=1)
    one, two = (
        train_sequentially(ARCHITECTURES["mlp"], SHAPE, training, these, [fold])[0]
        for these in (clips, changed)
    )
    np.testing.assert_array_equal(one.scaling.mean, clips.x[:40].mean(0, dtype=np.float64).astype(np.float32))
    np.testing.assert_array_equal(one.weights["hidden.weight"], two.weights["hidden.weight"])


def test_a_step_is_that_of_pytorchs_own_adam_and_dropout() -> None:
    """One step by hand: cross-entropy weighted by genre, plain Adam, the mask drawn for the epoch."""
    from genrelens.models import initial_weights
    from genrelens.training.epochs import draw_epoch

    clips, fold = make_clips("mlp"), Fold(np.array([0, 1, 2, 3]), seed=(8,))
    training = Training(epochs=1, batch=4)
    [trained] = train_sequentially(ARCHITECTURES["mlp"], SHAPE, training, clips, [fold])
    network = build_network(ARCHITECTURES["mlp"], SHAPE, initial_weights(ARCHITECTURES["mlp"], SHAPE, [8, 0]))
    epoch = draw_epoch(fold, clips.labels, training, 0, 16, 0.25)
    x = torch.from_numpy(clips.scaling(fold.train)(clips.x[epoch.order]))
    hidden = torch.relu(x @ network.hidden_weight.T + network.hidden_bias) * torch.from_numpy(epoch.mask)
    logits = hidden @ network.dense_weight.T + network.dense_bias
    # genres 0, 1, 2 occur 2, 1, 1 times: weights 4 / (3 * count)
    per_genre = torch.tensor([4 / 6, 4 / 3, 4 / 3])
    wanted = torch.from_numpy(clips.labels[epoch.order])
    loss = torch.nn.functional.cross_entropy(logits, wanted, weight=per_genre, reduction="sum") / 4
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    loss.backward()
    optimiser.step()
    for name, value in network.weights().items():
        np.testing.assert_allclose(trained.weights[name], value, atol=1e-6, err_msg=name)


def test_bfloat16_products_learn_as_well() -> None:
    training = Training(epochs=25, batch=8, learning_rate=5e-3, precision="bfloat16")
    clips, unheard = make_clips("cnn_avg", 60), make_clips("cnn_avg", 60, seed=9)
    [trained] = train_sequentially(ARCHITECTURES["cnn_avg"], SHAPE, training, clips, [Fold(np.arange(60))])
    answers = predict(ARCHITECTURES["cnn_avg"], SHAPE, trained, unheard, np.arange(60)).argmax(1)
    assert (answers == unheard.labels).mean() > 0.9
    assert all(value.dtype == np.float32 for value in trained.weights.values())


def test_progress_counts_every_epoch_also_those_left_out() -> None:
    training = Training(epochs=50, batch=8, learning_rate=0.02, validation=0.2, patience=2)
    for train in (train_sequentially, train_stacked):
        extra = (torch.device("cpu"),) if train is train_stacked else ()
        ticks: list[int] = []
        train(ARCHITECTURES["mlp"], SHAPE, training, make_clips("mlp"), three_folds(), *extra, ticks.append)
        assert sum(ticks) == 3 * 50


def test_a_gpu_that_is_not_there_is_said_so() -> None:
    if torch.cuda.is_available():
        assert chosen_device("auto") == "cuda"
    else:
        from genrelens.errors import DataError

        assert chosen_device("auto") == "cpu"
        with pytest.raises(DataError, match="no GPU"):
            chosen_device("cuda")


def test_the_interface_takes_the_processor_fold_by_fold() -> None:
    training, clips, folds = Training(epochs=1), make_clips("mlp"), three_folds()
    for one, two in zip(
        train_networks(ARCHITECTURES["mlp"], SHAPE, training, clips, folds),
        train_sequentially(ARCHITECTURES["mlp"], SHAPE, training, clips, folds),
        strict=True,
    ):
        np.testing.assert_array_equal(one.weights["dense.bias"], two.weights["dense.bias"])
