"""Images in classes: what an `ImageDataset` holds, and what can be made one."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits
from torch.utils.data import DataLoader, Subset, TensorDataset
from torchvision import transforms
from torchvision.datasets import CIFAR10, MNIST, FashionMNIST
from torchvision.transforms import v2

from nnwidgets import ImageDataset, as_images
from nnwidgets._idx import write_idx

GENERATOR = np.random.default_rng(0)
X = GENERATOR.integers(0, 256, (12, 1, 6, 5), dtype=np.uint8)
Y = np.arange(12) % 3
NAMES = ("cat", "dog", "owl")


def dataset(x=X, y=Y, x_test=X[:3], y_test=Y[:3], class_names=NAMES, **fields):
    return ImageDataset("pets", x, y, x_test, y_test, class_names, **fields)


# --- the dataset


def test_bytes_are_held_once_and_shown_read_only():
    x = X.copy()
    data = dataset(x)
    assert np.shares_memory(data.x_train, x)
    assert data.tensor("x_train").data_ptr() == x.ctypes.data
    assert data.x_train.dtype == np.uint8
    with pytest.raises(ValueError, match="read-only"):
        data.x_train[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        data.y_test[0] = 1
    assert x.flags.writeable


@pytest.mark.parametrize("part", ["x_train", "y_train", "x_test", "y_test"])
def test_each_part_is_a_tensor_of_the_same_memory(part):
    data = dataset()
    tensor = data.tensor(part)  # a warning would be an error
    assert np.array_equal(tensor.numpy(), getattr(data, part))
    assert tensor.data_ptr() == getattr(data, part).ctypes.data


def test_there_is_no_tensor_of_another_part():
    with pytest.raises(ValueError, match=r"part must be one of 'x_train'.*not 'x'"):
        dataset().tensor("x")


def test_a_tensor_is_not_copied_either():
    x = torch.from_numpy(X.copy())
    assert dataset(x).tensor("x_train").data_ptr() == x.data_ptr()


@pytest.mark.parametrize(
    "x",
    [X[::-1], np.frombuffer(X.tobytes(), np.uint8).reshape(X.shape), X.astype(float), X.astype(np.int64), X.tolist()],
    ids=["not contiguous", "read-only", "float", "int", "list"],
)
def test_what_cannot_be_used_as_it_lies_is_copied_as_bytes(x):
    data = dataset(x)
    assert data.x_train.dtype == np.uint8
    assert data.scale == 255.0
    np.testing.assert_array_equal(data.x_train, np.asarray(x))
    assert data.tensor("x_train").data_ptr() == data.x_train.ctypes.data
    if isinstance(x, np.ndarray):
        assert not np.shares_memory(data.x_train, x)


def test_values_that_are_no_bytes_are_used_as_they_are():
    x = X / np.float32(255)
    data = dataset(x, x_test=x[:3], scale=255.0)
    assert np.shares_memory(data.x_train, x)
    assert (data.x_train.dtype, data.scale) == (np.float32, 1.0)
    negative = X.astype(int) - 1
    assert dataset(negative, x_test=X[:3]).x_train.dtype == np.float32
    assert dataset(X, x_test=X[:3] + 0.5).x_train.dtype == np.float32  # both parts are of one kind
    assert dataset(X.astype(np.uint16) + 1000).scale == 1.0


def test_what_a_dataset_says_of_itself():
    data = dataset(label="Pets", notice="Mind the owl.")
    assert (data.task, data.n_classes, data.shape) == ("classification", 3, (1, 6, 5))
    assert (data.value_range, data.feature_names, data.plane) == ((0.0, 1.0), (), None)
    assert data.nbytes == X.nbytes + X[:3].nbytes + 4 * 15
    assert (data.y_train.dtype, data.y_train.shape) == (np.float32, (12, 1))
    assert (data.label, data.notice, data.class_names) == ("Pets", "Mind the owl.", NAMES)
    assert dataset().label == "pets"
    assert repr(data) == "ImageDataset('pets', 12 train, 3 test, 6 × 5)"
    coloured = np.zeros((12, 3, 6, 5), np.uint8)
    assert repr(dataset(coloured, x_test=coloured[:3])) == "ImageDataset('pets', 12 train, 3 test, 6 × 5 × 3)"


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda data: pickle.loads(pickle.dumps(data))])
def test_copies_and_pickles_are_the_same_and_read_only(again):
    data = dataset(label="Pets", scale=16.0, parameters={"name": "pets"}, notice="Mind the owl.")
    other = again(data)
    assert other.same_as(data)
    assert np.shares_memory(other.x_train, data.x_train) == (again is copy.copy)
    assert (other.notice, other.scale, other.parameters) == (data.notice, 16.0, {"name": "pets"})
    assert not other.x_train.flags.writeable
    assert other.tensor("x_train").shape == X.shape


def test_what_makes_datasets_differ():
    data = dataset()
    assert data.same_as(dataset(X.copy()))
    assert data != dataset()  # as an object: comparing arrays has a name of its own
    changed = X.copy()
    changed[5, 0, 2, 2] ^= 1
    others = [
        dataset(changed),
        dataset(y=Y[::-1]),
        dataset(y_test=[0, 1, 1]),
        dataset(class_names=("cat", "dog", "fox")),
        dataset(scale=16.0),
        dataset(label="other"),
        dataset(X + np.float32(0), x_test=X[:3] + np.float32(0.5)),
        "pets",
    ]
    assert not any(data.same_as(other) for other in others)


def test_pixels_are_bytes_of_full_intensity():
    np.testing.assert_array_equal(dataset().pixels("train", [4, 2]), X[[4, 2]])
    sixteen = np.array([0, 4, 8, 16], np.uint8).reshape(1, 1, 2, 2).repeat(2, axis=0)
    data = ImageDataset("digits", sixteen, [0, 1], sixteen, [0, 1], ("0", "1"), scale=16.0)
    assert data.pixels("test", [0]).ravel().tolist() == [0, 64, 128, 255]
    values = np.array([-1.5, 0.0, 0.5, 2.5], np.float32).reshape(1, 1, 2, 2).repeat(2, axis=0)
    data = ImageDataset("floats", values, [0, 1], values, [0, 1], ("0", "1"))
    assert data.pixels("train", [1]).ravel().tolist() == [0, 96, 128, 255]
    unit = np.array([0.1, 0.25, 0.5, 0.75], np.float32).reshape(1, 1, 2, 2).repeat(2, axis=0)
    data = ImageDataset("unit", unit, [0, 1], unit, [0, 1], ("0", "1"))
    assert data.pixels("train", [0]).ravel().tolist() == [26, 64, 128, 191]


# --- what is refused


@pytest.mark.parametrize(
    ("fields", "error", "text"),
    [
        ({"x": X[:, 0]}, ValueError, r"x_train must have shape \(n, channels, height, width\).*not \(12, 6, 5\)"),
        ({"x": X.repeat(2, axis=1)}, ValueError, r"x_train.*1 or 3 channels, not \(12, 2, 6, 5\)"),
        ({"x": X[:, :, :0]}, ValueError, r"x_train must have shape.*not \(12, 1, 0, 5\)"),
        ({"x": X[:0], "y": []}, ValueError, "x_train has no images; it needs at least 1"),
        ({"x_test": X[:0], "y_test": []}, ValueError, "x_test has no images; it needs at least 1"),
        ({"x_test": X[:3, :, :5]}, ValueError, "x_train are 1 × 6 × 5 and those of x_test are 1 × 5 × 5"),
        ({"x": X.astype(str)}, TypeError, "x_train must hold numbers, not <U"),
        ({"x": X * 1j}, TypeError, "x_train must hold real numbers, not complex"),
        ({"y": Y[:5]}, ValueError, "x_train has 12 images and y_train has 5 labels; they must be as many"),
        ({"y_test": [0]}, ValueError, "x_test has 3 images and y_test has 1 labels"),
        ({"y": Y + 1}, ValueError, "y_train must hold a class from 0 to 2 for each sample, but row 2 is 3"),
        ({"y": Y - 0.5}, ValueError, "y_train must hold a class from 0 to 2 for each sample, but row 0 is -0.5"),
        ({"y": ["cat"] * 12}, TypeError, "y_train must hold a class from 0 to 2"),
        ({"class_names": ("cat",)}, ValueError, "class_names must be 2 to 100 texts, but 1 were given"),
        ({"class_names": tuple(map(str, range(101)))}, ValueError, "2 to 100 texts, but 101 were given"),
        ({"class_names": (1, 2)}, TypeError, "class_names must be texts"),
        ({"scale": 0}, ValueError, "scale must be a finite number above 0, not 0"),
        ({"label": 7}, TypeError, "name, label and notice must be text"),
        ({"notice": None}, TypeError, "name, label and notice must be text"),
    ],
)
def test_a_dataset_says_what_is_wrong(fields, error, text):
    with pytest.raises(error, match=text):
        dataset(**fields)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_values_that_are_no_numbers_of_float32_are_refused_by_their_image(value):
    x = X.astype(float)
    x[7, 0, 1, 1] = value
    with pytest.raises(ValueError, match="x_train must be finite numbers of float32, but image 7 has a"):
        dataset(x)


# --- arrays


def test_arrays_of_all_layouts_are_the_same_images():
    coloured = GENERATOR.integers(0, 256, (12, 3, 6, 5), dtype=np.uint8)
    first = as_images((coloured, Y), (coloured, Y))
    last = as_images((coloured.transpose(0, 2, 3, 1), Y), (coloured.transpose(0, 2, 3, 1), Y))
    assert first.same_as(last)
    assert first.shape == (3, 6, 5)
    assert as_images((X[:, 0], Y), (X, Y)).shape == (1, 6, 5)
    assert as_images((X.transpose(0, 2, 3, 1), Y), (X, Y)).same_as(as_images((X, Y), (X, Y)))
    both = GENERATOR.integers(0, 256, (12, 3, 4, 3), dtype=np.uint8)  # could be either: channels come first
    assert as_images((both, Y), (both, Y)).shape == (3, 4, 3)


def test_arrays_and_tensors_are_used_where_they_lie():
    x, tensor = X[:, 0].copy(), torch.from_numpy(X.copy())
    data = as_images((x, Y), (tensor, torch.from_numpy(Y)))
    assert np.shares_memory(data.x_train, x)
    assert data.tensor("x_test").data_ptr() == tensor.data_ptr()
    assert (data.name, data.label, data.parameters, data.notice) == ("data", "your data", None, "")


@pytest.mark.parametrize(
    ("labels", "classes", "names", "numbers"),
    [
        ([0, 1, 2], None, ("0", "1", "2"), [0, 1, 2]),
        ([3, 5, 3], None, ("3", "5"), [0, 1, 0]),
        (["dog", "cat", "dog"], None, ("cat", "dog"), [1, 0, 1]),
        (["dog", "cat", "dog"], ("dog", "cat", "owl"), ("dog", "cat", "owl"), [0, 1, 0]),
        ([0, 2, 0], NAMES, NAMES, [0, 2, 0]),
        (np.array([1.0, 0.0, 1.0]), ["no", "yes"], ("no", "yes"), [1, 0, 1]),
        ([True, False, True], ("no", "yes"), ("no", "yes"), [1, 0, 1]),
        (torch.tensor([[1], [0], [1]]), None, ("0", "1"), [1, 0, 1]),
    ],
)
def test_labels_become_numbers_of_named_classes(labels, classes, names, numbers):
    data = as_images((X[:3], labels), (X[:3], labels), classes)
    assert data.class_names == names
    assert data.y_train.ravel().tolist() == numbers


def test_a_class_that_only_the_test_images_have_is_a_class():
    data = as_images((X[:2], ["a", "b"]), (X[:1], ["c"]))
    assert (data.class_names, data.y_test.item()) == (("a", "b", "c"), 2.0)


@pytest.mark.parametrize(
    ("greatest", "scale"), [(1, 1.0), (16, 16.0), (17, 255.0), (255, 255.0)], ids=["mask", "digits", "bytes", "full"]
)
def test_the_scale_of_arrays_is_the_least_that_fits(greatest, scale):
    x = np.zeros((4, 3, 3))
    x[1, 1, 1] = greatest
    data = as_images((x, [0, 1, 0, 1]), (x, [0, 1, 0, 1]))
    assert (data.scale, data.x_train.dtype) == (scale, np.uint8)


def test_without_test_images_a_sixth_of_each_class_is_held_out_by_a_fixed_seed():
    x = np.arange(90, dtype=np.uint8).reshape(90, 1, 1)
    y = ["a"] * 60 + ["b"] * 24 + ["c"] * 5 + ["d"]
    data = as_images((x, y))
    assert np.bincount(data.y_test.ravel().astype(int), minlength=4).tolist() == [10, 4, 1, 0]
    both = np.concatenate([data.x_train.ravel(), data.x_test.ravel()])
    assert sorted(both.tolist()) == list(range(90))
    assert np.diff(data.x_train.ravel().astype(int)).min() > 0  # in their order
    assert "15 of 90 images, a sixth of each class drawn at random" in data.notice
    assert data.same_as(as_images((x, y)))
    with pytest.raises(ValueError, match="one image of each class: none can be held out"):
        as_images((X[:2], [0, 1]))


@pytest.mark.parametrize(
    ("train", "error", "text"),
    [
        ("fashion", TypeError, "train must be an ImageDataset, a dataset of .image, label.*not str"),
        (7, TypeError, "train must be .*not int"),
        (X, TypeError, r"train must be .*not an array of shape \(12, 1, 6, 5\) without labels"),
        ((X, Y, X), ValueError, r"train has 3 items; arrays are given as a pair \(X, y\)"),
        (
            DataLoader(TensorDataset(torch.zeros(2, 1, 2, 2))),
            TypeError,
            "give the dataset that it loads, train.dataset",
        ),
        ({"data": X}, ValueError, "train must have 'images' and 'target', as load_digits.. has; it has 'data'"),
        ((X.reshape(12, 30), Y), ValueError, r"x_train must have shape \(n, height, width\) or .*not \(12, 30\)$"),
        ((np.zeros((12, 784)), Y), ValueError, r"x_train.reshape\(-1, 28, 28\)"),
        ((X[:, :, None], Y), ValueError, r"not \(12, 1, 1, 6, 5\)"),
        ((X[:0], []), ValueError, "y_train has no labels"),
        ((X, Y[:5]), ValueError, "x_train has 12 images and y_train has 5 labels"),
        ((X, [0] * 12), ValueError, r"images must be of 2 to 100 classes, not of 1 \('0'\)"),
        ((X, np.arange(12) / 2), ValueError, "y_train must hold whole numbers or texts.*that of 1 is 0.5"),
        ((X, [None, *Y[1:]]), ValueError, "y_train must hold whole numbers or texts.*is None"),
        ((X, np.eye(12)), ValueError, r"y_train must have shape \(n_samples,\)"),
        (([X[0, 0], X[0, 0, :5]], [0, 1]), ValueError, "image 0 is 6 × 5 and image 1 is 5 × 5; resize them"),
        ((np.array([X[0, 0], X[0, 0, :5]], object), [0, 1]), ValueError, "image 0 is 6 × 5 and image 1 is 5 × 5"),
        ((["a.png", "b.png"], [0, 1]), TypeError, "x_train must hold numbers"),
        ((X + np.nan, Y), ValueError, "x_train must be finite numbers"),
    ],
)
def test_what_are_no_images_in_classes_is_refused(train, error, text):
    with pytest.raises(error, match=text):
        as_images(train)


def test_labels_are_held_against_the_names():
    with pytest.raises(
        ValueError, match="y_train must hold a class from 0 to 1 for each image, but that of image 2 is 2"
    ):
        as_images((X, Y), (X, Y), ("cat", "dog"))
    with pytest.raises(ValueError, match=r"y_test must hold a class 'cat', 'dog' for each image.*image 0 is 'owl'"):
        as_images((X[:2], ["cat", "dog"]), (X[:1], ["owl"]), ("cat", "dog"))
    with pytest.raises(ValueError, match="y_train must hold at least 2 classes, but every label is 1"):
        as_images((X, [1] * 12), (X, Y), NAMES)
    with pytest.raises(TypeError, match="classes must be texts"):
        as_images((X, Y), (X, Y), [0, 1, 2])
    with pytest.raises(ValueError, match="test has 3 items"):
        as_images((X, Y), (X, Y, Y))
    with pytest.raises(ValueError, match="those of x_test are 1 × 5 × 5"):
        as_images((X, Y), (X[:, :, :5], Y))
    with pytest.raises(ValueError, match="2 to 100 classes, not of 101"):
        as_images((np.zeros((101, 2, 2)), range(101)), (X, Y))


def test_a_dataset_is_itself_and_can_be_renamed():
    data = dataset()
    assert as_images(data) is data
    assert as_images(data, classes=["a", "b", "c"]).class_names == ("a", "b", "c")
    assert np.shares_memory(as_images(data, classes=["a", "b", "c"]).x_train, X)
    with pytest.raises(TypeError, match="has its own test images"):
        as_images(data, (X, Y))
    with pytest.raises(TypeError, match="give its x_test and y_test as a pair"):
        as_images((X, Y), data)


# --- bunches and datasets


def test_digits_stay_bytes_from_0_to_16():
    digits = load_digits()
    data = as_images(digits)
    assert (data.x_train.dtype, data.scale, data.shape) == (np.uint8, 16.0, (1, 8, 8))
    assert data.class_names == tuple("0123456789")
    assert len(data.x_train) + len(data.x_test) == len(digits.images)
    assert as_images(digits, (digits.images[:5], digits.target[:5])).x_test.shape == (5, 1, 8, 8)
    digits.target_names = np.array(list("abcdefghij"))
    assert as_images(digits).class_names == tuple("abcdefghij")


@pytest.fixture(scope="module")
def mnist(tmp_path_factory):
    """A folder in which torchvision finds small data."""
    root = tmp_path_factory.mktemp("torchvision")
    for name in ("FashionMNIST", "MNIST"):
        raw = root / name / "raw"
        raw.mkdir(parents=True)
        for part, count in (("train", 12), ("t10k", 6)):
            write_idx(raw / f"{part}-images-idx3-ubyte", GENERATOR.integers(0, 256, (count, 28, 28), dtype=np.uint8))
            write_idx(raw / f"{part}-labels-idx1-ubyte", (np.arange(count) % 3).astype(np.uint8))
    return root


MAKES_TENSORS = [
    None,
    transforms.ToTensor(),
    transforms.Compose([transforms.ToTensor()]),
    v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=True)]),
]


@pytest.mark.parametrize("transform", MAKES_TENSORS)
def test_pixels_of_torchvision_are_used_where_they_lie(mnist, transform):
    train, test = (FashionMNIST(mnist, train=part, transform=transform) for part in (True, False))
    data = as_images(train, test)
    assert data.tensor("x_train").data_ptr() == train.data.data_ptr()
    assert data.tensor("x_test").data_ptr() == test.data.data_ptr()
    assert (data.scale, data.name, data.label) == (255.0, "FashionMNIST", "FashionMNIST")
    assert data.class_names == tuple(FashionMNIST.classes)
    np.testing.assert_array_equal(data.y_train.ravel(), train.targets)
    if transform is not None:  # a network gets what the transform makes
        expected = torch.stack([image for image, _ in train])
        scaled = data.tensor("x_train").float() / data.scale
        rounding = 1e-6 if isinstance(transform, v2.Compose) else 0  # which multiplies by 1/255
        torch.testing.assert_close(scaled, expected, rtol=rounding, atol=0)


@pytest.mark.parametrize(
    ("transform", "dtype"),
    [
        (transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.5, 0.5)]), np.float32),
        (transforms.Resize(14), np.uint8),
        (transforms.Compose([transforms.Resize(14), transforms.ToTensor()]), np.float32),
        (v2.Compose([v2.ToImage(), v2.ToDtype(torch.float32, scale=False)]), np.uint8),
        (transforms.PILToTensor(), np.uint8),
        (lambda image: transforms.functional.to_tensor(image) - 1, np.float32),
    ],
)
def test_images_of_other_transforms_are_read_one_by_one(mnist, transform, dtype):
    train = MNIST(mnist, transform=transform)
    data = as_images(train, train)
    assert data.x_train.dtype == dtype
    expected = np.stack([np.asarray(image).reshape(data.shape) for image, _ in train])
    np.testing.assert_array_equal(data.x_train, expected)
    assert not np.shares_memory(data.x_train, train.data.numpy())
    assert data.class_names == tuple(MNIST.classes)


def test_a_target_transform_counts(mnist):
    train = MNIST(mnist, target_transform=lambda number: 9 - number)
    assert as_images(train, train).y_train.ravel().tolist()[:3] == [9.0, 8.0, 7.0]


def test_a_subset_has_its_images_and_the_names_of_the_whole(mnist):
    train = FashionMNIST(mnist, transform=transforms.ToTensor())
    data = as_images(Subset(train, [7, 2, 3]), train)
    np.testing.assert_array_equal(data.x_train[:, 0], train.data[[7, 2, 3]])
    assert data.y_train.ravel().tolist() == [1.0, 2.0, 0.0]
    assert (data.class_names[1], data.name) == ("Trouser", "FashionMNIST")
    normalised = FashionMNIST(mnist, transform=transforms.Compose([transforms.ToTensor(), transforms.Normalize(0, 2)]))
    data = as_images(Subset(normalised, [7, 2, 3]), train)
    assert (data.x_train.dtype, data.class_names[1]) == (np.float32, "Trouser")


def test_coloured_images_of_torchvision_get_their_channels_first():
    train = CIFAR10.__new__(CIFAR10)
    train.transform = train.target_transform = None
    train.data, train.targets = GENERATOR.integers(0, 256, (6, 32, 32, 3), dtype=np.uint8), [0, 1, 2, 0, 1, 2]
    train.classes = ["plane", "car", "bird"]
    data = as_images(train, train)
    np.testing.assert_array_equal(data.x_train, train.data.transpose(0, 3, 1, 2))
    assert data.class_names == ("plane", "car", "bird")
    assert data.x_train.flags.c_contiguous


class Items:
    """The least that a dataset is."""

    def __init__(self, *items):
        self.items = items

    def __len__(self):
        return len(self.items)

    def __getitem__(self, number):
        return self.items[number]


def test_a_pair_of_datasets_is_not_read():
    class Endless(Items):
        def __getitem__(self, number):
            raise AssertionError("read")

    with pytest.raises(TypeError, match="x_train must hold numbers, in an array, a tensor or a list, not Endless"):
        as_images((Endless(0, 1), np.array([0, 1])))


def test_tensors_of_a_dataset_are_used_where_they_lie():
    x = torch.rand(6, 1, 4, 4)
    data = as_images(TensorDataset(x, torch.tensor([0, 1] * 3)), TensorDataset(x, torch.tensor([0, 1] * 3)))
    assert data.tensor("x_train").data_ptr() == x.data_ptr()


def test_pictures_of_pillow_are_read_as_they_look():
    pixels = GENERATOR.integers(0, 256, (4, 5, 3), dtype=np.uint8)
    picture = Image.fromarray(pixels)
    data = as_images(Items((picture, 0), (picture.convert("RGBA"), 1)), Items((picture, 1)))
    np.testing.assert_array_equal(data.x_train, np.stack([pixels.transpose(2, 0, 1)] * 2))
    mask = Image.fromarray(pixels[:, :, 0] > 100)
    assert mask.mode == "1"
    data = as_images(Items((mask, 0), (mask, 1)), Items((mask, 1)))
    assert sorted(set(data.x_train.ravel().tolist())) == [0, 255]
    assert data.scale == 255.0


def test_dark_pictures_of_a_dataset_stay_dark():
    dark = Image.fromarray(np.full((4, 4), 9, np.uint8))
    assert as_images(Items((dark, 0), (dark, 1)), Items((dark, 1))).scale == 255.0


@pytest.mark.parametrize(
    ("items", "error", "text"),
    [
        ([], ValueError, "train has no images"),
        ([torch.zeros(1, 2, 2)], TypeError, r"items of train must be \(image, label\), but item 0 cannot be read so"),
        (
            [(torch.zeros(1, 2, 2), 0), (torch.zeros(1, 2, 3), 1)],
            ValueError,
            "image 0 is 1 × 2 × 2 and image 1 is 1 × 2",
        ),
        ([("a.png", 0)], TypeError, "image 0 of train must be a picture or an array of 2 or 3 axes, not str"),
        ([(torch.zeros(2, 2), "a"), (torch.zeros(2, 2), None)], ValueError, "y_train must hold whole numbers or texts"),
    ],
)
def test_items_that_are_no_images_are_refused(items, error, text):
    with pytest.raises(error, match=text):
        as_images(Items(*items))


def test_images_are_made_without_torch():
    program = (
        "import sys, numpy as np, nnwidgets; x = np.zeros((4, 2, 2));"
        "nnwidgets.as_images((x, [0, 1, 0, 1]), (x, [0, 1, 0, 1])); nnwidgets.load_fashion_mnist(source='bundled');"
        "print([name for name in ('torch', 'torchvision', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
