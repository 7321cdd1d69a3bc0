"""import-linter contracts of our own: what its built-in ones cannot say."""

from __future__ import annotations

from importlinter import Contract, ContractCheck, fields, output

SITE, SHARED = "ligne.site", ("ligne.kit", "ligne.regulation")
CHANNELS = "ligne.channels"


def app_of(module: str) -> str:
    """The app a module belongs to: "ligne.staff.reads" -> "ligne.staff"."""
    parts = module.split(".")
    return ".".join(parts[: 3 if module.startswith(f"{CHANNELS}.") else 2])


def room_of(module: str) -> str:
    """The room of a module within its app: "ligne.staff.services.people" -> "services"; "" for the app itself."""
    rest = module.removeprefix(app_of(module)).strip(".")
    return rest.split(".")[0]


class PublicDoors(Contract):
    """An app is entered by its public doors only.

    `doors` are rooms that every app may import from another; `pairs` are "room -> room" that may also meet. The site
    puts everything together and enters anywhere; kit and regulation have no doors.
    """

    doors = fields.ListField(subfield=fields.StringField())
    pairs = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: object, verbose: bool) -> ContractCheck:
        """Every import between two apps passes a door."""
        wrong = [
            (importer, imported)
            for importer in sorted(graph.modules)  # type: ignore[attr-defined]
            if app_of(importer) != SITE
            for imported in sorted(graph.find_modules_directly_imported_by(importer))  # type: ignore[attr-defined]
            if not self._passes(importer, imported)
        ]
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def _passes(self, importer: str, imported: str) -> bool:
        app = app_of(imported)
        if app in {app_of(importer), "ligne", *SHARED} or not imported.startswith("ligne."):
            return True
        room = room_of(imported)
        return room in self.doors or f"{room_of(importer)} -> {room}" in (self.pairs or [])  # type: ignore[operator]

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each import that climbs in by the window."""
        for importer, imported in check.metadata["wrong"]:
            output.print_error(f"{importer} imports {imported}, which is no door of {app_of(imported)}")
