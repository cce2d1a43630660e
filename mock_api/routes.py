"""Which list a path requests; sans-I/O."""

from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Route:
    """What a path requests: `kind` is the name of a list or "other"; `ids` lead from the top to the list.

    Departments name their company, employees their company and their department.
    """

    kind: str
    ids: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: str) -> "Route":
        """Parse a path as it appears in the URL, percent-encoded."""
        match path.split("/"):
            case ["", "companies" | "currencies" as kind]:
                return cls(kind)
            case ["", "companies", company_id, "departments"]:
                return cls("departments", (unquote(company_id),))
            case ["", "companies", company_id, "departments", department_id, "employees"]:
                return cls("employees", (unquote(company_id), unquote(department_id)))
            case _:
                return cls("other")

    @property
    def company_id(self) -> str | None:
        """The company that the list is below, if any."""
        return self.ids[0] if self.ids else None

    @property
    def department_id(self) -> str | None:
        """The department that the list is below, if any."""
        return self.ids[1] if self.ids[1:] else None
