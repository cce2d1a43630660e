"""The APIs that the examples are for; GitHub's is in `github.py`."""

import re
from typing import Any
from urllib.parse import quote

from tests.examples.shapes import (
    MOST,
    Asked,
    Body,
    Changes,
    Shape,
    ShapeWithPaths,
    allow,
    cut,
    missing,
    oldest_first,
    require,
)


class Stripe(Shape):
    """https://docs.stripe.com/api: newest first, `starting_after` and `has_more`, times of creation only."""

    def change(self) -> None:
        """Nothing changes, but there is a new customer, and a new charge of the oldest."""
        now = 1 + max(*self.parents.values(), *self.children.values())
        self.parents[len(self.parents) + 1] = now
        self.children[1, 1000 + len(self.children)] = now

    def answer(self, asked: Asked) -> Body:
        allow(asked, "limit", "starting_after", "created[gte]", *(["customer"] if self.is_for_children(asked) else []))
        if asked.path == "/v1/customers":
            changes: Changes = self.parents
        elif asked.path == "/v1/charges":
            changes = self.children_of(asked.query["customer"])
        elif asked.path == "/v1/products":
            allow(asked, "limit", "starting_after")
            changes = dict.fromkeys(range(1, 6), 1)
        else:
            raise missing(asked)
        since = int(self.since(asked) or 0)
        numbers = [number for number in reversed(oldest_first(changes)) if changes[number] >= since]
        if "starting_after" in asked.query:
            numbers = numbers[1 + numbers.index(int(asked.query["starting_after"].partition("_")[2])) :]
        records = [self.record(asked, number, changes[number]) for number in numbers[:MOST]]
        return ({"object": "list", "data": records, "has_more": len(numbers) > MOST, "url": asked.path},)

    def record(self, asked: Asked, number: int, at: int) -> dict[str, Any]:
        if asked.path == "/v1/products":
            return {"id": f"prod_{number}", "object": "product", "name": "It", "created": at}
        if asked.path == "/v1/customers":
            return {"id": self.parent_id(number), "object": "customer", "email": None, "metadata": {}, "created": at}
        owner = asked.query["customer"]
        return {"id": self.child_id(number), "customer": owner, "amount": 1999, "currency": "eur", "created": at}

    def since(self, asked: Asked) -> str | None:
        return asked.query.get("created[gte]")

    def is_for_children(self, asked: Asked) -> bool:
        return asked.path == "/v1/charges"

    def shown_others(self) -> dict[str, set[str]]:
        return {"product": {f"prod_{number}" for number in range(1, 6)}}

    def parent_id(self, number: int) -> str:
        return f"cus_{number}"

    def child_id(self, number: int) -> str:
        return f"ch_{number}"


class Dataverse(Shape):
    """https://learn.microsoft.com/power-apps/developer/data-platform/webapi: OData, `$skiptoken`, size by header."""

    def answer(self, asked: Asked) -> Body:
        allow(asked, "$filter", "$orderby", "$skiptoken")
        require(asked.headers.get("prefer") == "odata.maxpagesize=1000", "the page size was lost")
        require(asked.query["$orderby"] == "modifiedon asc", "no order")
        kind, changes = self.listed(asked)
        after = asked.query.get("$skiptoken", "")
        numbers = self.changed_since(changes, self.since(asked) or "")
        numbers = [one for one in numbers if f"{self.time(changes[one])} {one:04}" > after]
        records = [self.record(kind, one, changes[one]) for one in numbers[:MOST]]
        body: dict[str, Any] = {"@odata.context": f"{asked.origin}/$metadata#{kind}s", "value": records}
        if len(numbers) > MOST:
            last = numbers[MOST - 1]
            body["@odata.nextLink"] = asked.link(**{"$skiptoken": f"{self.time(changes[last])} {last:04}"})
        return (body,)

    def listed(self, asked: Asked) -> tuple[str, Changes]:
        """What kind of record, and when each has changed."""
        text = asked.query.get("$filter", "")
        if asked.path == "/accounts":
            require(re.fullmatch(r"(modifiedon ge [0-9TZ:-]+)?", text), f"the filter {text}")
            return "account", self.parents
        match = re.fullmatch(r"_parentcustomerid_value eq ([0-9a-f-]{36})( and modifiedon ge [0-9TZ:-]+)?", text)
        if asked.path != "/contacts" or match is None:
            raise missing(asked)
        return "contact", self.children_of(match[1])

    def record(self, kind: str, number: int, at: int) -> dict[str, Any]:
        return {"@odata.etag": f'W/"{at}"', f"{kind}id": self.parent_id(number), "modifiedon": self.time(at)}

    def since(self, asked: Asked) -> str | None:
        return asked.query.get("$filter", "").partition(" ge ")[2] or None

    def is_for_children(self, asked: Asked) -> bool:
        return asked.path == "/contacts"

    def parent_id(self, number: int) -> str:
        return f"00000000-0000-0000-0000-{number:012}"

    child_id = parent_id


class JsonApi(ShapeWithPaths):
    """https://jsonapi.org/format: `data[].attributes`, `links.next` with `page[number]`, `sort`, `filter`."""

    children_path = r"/companies/(\d+)/departments"

    def answer(self, asked: Asked) -> Body:
        _, changes = self.listed(asked, "/companies")
        allow(asked, "sort", "filter[updated_since]", "page[size]", "page[number]")
        require(asked.headers["accept"] == "application/vnd.api+json", "Accept")
        require(asked.query["sort"] == "updated_at", "no order")
        numbers = self.changed_since(changes, self.since(asked) or "")
        page, link = cut(asked, numbers, page="page[number]", size="page[size]")
        records = [
            {"id": str(one), "type": "it", "attributes": {"name": "It", "updated_at": self.time(changes[one])}}
            for one in page
        ]
        return ({"data": records, "links": {"self": f"{asked.origin}{quote(asked.path)}", "next": link}},)

    def since(self, asked: Asked) -> str | None:
        return asked.query.get("filter[updated_since]")
