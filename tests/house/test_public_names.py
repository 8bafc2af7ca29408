import importlib
import inspect

import pytest

PACKAGES = ["guards", "nodes", "graphs", "traces", "drills"]


def package(name):
    return importlib.import_module(f"holdfast.{name}")


def public_names(module):
    """Return what a package's menu brings in: not its own modules, not what begins with `_`."""
    return {
        name
        for name in dir(module)
        if not name.startswith("_") and not inspect.ismodule(getattr(module, name))
    }


def place(name):
    """Return where ruff puts a name: constants first, then classes, then functions."""
    return (not name.isupper(), not name[0].isupper(), name)


@pytest.mark.parametrize("name", PACKAGES)
def test_the_menu_is_sorted_and_names_each_thing_once(name):
    menu = getattr(package(name), "__all__", [])
    assert list(menu) == sorted(set(menu), key=place)


@pytest.mark.parametrize("name", PACKAGES)
def test_the_menu_is_what_can_be_imported(name):
    module = package(name)
    menu = set(getattr(module, "__all__", []))
    when_asked_for = {each for each in menu - set(vars(module)) if hasattr(module, each)}
    assert public_names(module) | when_asked_for == menu


@pytest.mark.parametrize("name", PACKAGES)
def test_every_public_class_and_function_says_what_it_is(name):
    module = package(name)
    public = {each: getattr(module, each) for each in getattr(module, "__all__", [])}
    silent = [
        each
        for each, value in public.items()
        if (inspect.isclass(value) or inspect.isfunction(value)) and not own_docstring(value)
    ]
    assert silent == []


def own_docstring(value):
    """Return what was written, not what dataclasses and typed dicts make up."""
    text = vars(value).get("__doc__") if inspect.isclass(value) else value.__doc__
    return text and not text.startswith(f"{value.__name__}(")


@pytest.mark.parametrize("name", PACKAGES)
def test_every_package_says_what_it_is_for(name):
    assert package(name).__doc__


@pytest.mark.parametrize("name", PACKAGES)
def test_every_package_says_that_it_is_typed(checkout, name):
    assert (checkout / name / "py.typed").is_file()
