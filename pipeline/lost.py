"""A publication that was there once, and is gone."""

from pipeline.errors import ConfigError
from pipeline.manifest import read_manifests
from pipeline.publication import former_publications
from pipeline.settings import Settings


def expect_not_lost(settings: Settings) -> None:
    """Raise ConfigError where earlier runs published, and nothing is published.

    A night would begin anew with what lies in the landing folders, which may be little, forget
    whom the vault knows, and in a few nights the former publications.
    """
    published = settings.published_file
    if published.exists():
        return
    former = former_publications(settings.warehouse_dir)
    manifests = read_manifests(settings.warehouse_dir)
    if former or any(manifest.get("is_published") for manifest in manifests):
        way_back = "let 'recorrido rollback' put the one before in its place, " if former else ""
        raise ConfigError(
            f"expected the publication {published}, which earlier runs have made, found none. "
            f"Bring it back, {way_back}or begin anew with what lies in the landing folders: "
            "'recorrido run --full'. Nothing was changed."
        )
