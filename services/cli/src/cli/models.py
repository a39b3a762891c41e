"""`earshot models`: which weights there are, fetch them, check them, remove them."""

import argparse

from cli.problem import Problem
from cli.settings import CliSettings
from cli.weights.lock import Bundle, Lock, read_lock
from cli.weights.store import BundleStore
from speechkit.runtime.settings import load_settings


def add_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    models = commands.add_parser("models", help="list, fetch, verify and remove weights")
    actions = models.add_subparsers(required=True, metavar="ACTION")
    actions.add_parser("list", help="the models of the lock file, and which are here").set_defaults(run=_list)
    fetch = actions.add_parser("fetch", help="download a model's weights and check their sums")
    fetch.add_argument("name")
    fetch.set_defaults(run=_fetch)
    verify = actions.add_parser("verify", help="read every file that is here again and check its sum")
    verify.set_defaults(run=_verify)
    remove = actions.add_parser("remove", help="delete a model's weights")
    remove.add_argument("name")
    remove.set_defaults(run=_remove)


def model_store(settings: CliSettings) -> BundleStore:
    return BundleStore(settings.data_dir / "models", hub_endpoint=settings.hub_endpoint)


def locked_models(settings: CliSettings) -> Lock:
    return read_lock(settings.models_source / "models.lock")


def bundle_named(lock: Lock, name: str) -> Bundle:
    try:
        return lock.models[name]
    except KeyError:
        raise Problem(f"The lock file has no model {name!r}; it has {', '.join(lock.models)}.") from None


def _list(arguments: argparse.Namespace) -> None:
    settings = load_settings(CliSettings)
    store = model_store(settings)
    for name, bundle in locked_models(settings).models.items():
        here = "here" if store.has(bundle) else "-"
        print(f"{name:24}{here:6}{bundle.size_bytes / 1e6:6.0f} MB  {bundle.description}")


def _fetch(arguments: argparse.Namespace) -> None:
    settings = load_settings(CliSettings)
    print(model_store(settings).ensure(bundle_named(locked_models(settings), arguments.name)))


def _verify(arguments: argparse.Namespace) -> int:
    settings = load_settings(CliSettings)
    store = model_store(settings)
    present = [bundle for bundle in locked_models(settings).models.values() if store.path(bundle).is_dir()]
    failed = False
    for bundle in present:
        wrong = store.verify(bundle)
        failed = failed or bool(wrong)
        print(f"{bundle.name}: {'wrong or missing: ' + ', '.join(wrong) if wrong else 'all files are right'}")
    if failed:
        raise Problem("Wrong files were deleted; `earshot models fetch NAME` brings the right ones.")
    return 0


def _remove(arguments: argparse.Namespace) -> None:
    settings = load_settings(CliSettings)
    model_store(settings).remove(bundle_named(locked_models(settings), arguments.name))
