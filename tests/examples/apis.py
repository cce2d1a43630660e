"""The four APIs that the examples are for."""

import re
from typing import Any, ClassVar
from urllib.parse import quote

from tests.examples.shapes import MOST, Asked, Changes, Shape, allow, cut, missing, oldest_first, require

Body = tuple[Any, *tuple[str, ...]]


class _WithChildrenOf(Shape):
    """Each parent has a path of its own for its children."""

    children_path: ClassVar[str]

    def is_for_children(self, asked: Asked) -> bool:
        return re.fullmatch(self.children_path, asked.path) is not None

    def listed(self, asked: Asked, parents_path: str) -> tuple[bool, Changes]:
        """Whether children are asked for; and what is listed."""
        if asked.path == parents_path:
            return False, self.parents
        match = re.fullmatch(self.children_path, asked.path)
        if match is None or int(match[1]) not in self.parents:
            raise missing(asked)
        return True, self.children_of(match[1])


class GitHub(_WithChildrenOf):
    """https://docs.github.com/en/rest: arrays, `Link` headers that count, `since` for issues only.

    `pulls` has the time of each pull request's last change by its repository and its number, `reviews` their reviews.
    """

    children_path = r"/repos/fivetran/r(\d+)/issues"

    def __init__(self, parents: int = 8, children: int = 4) -> None:
        super().__init__(parents, children)
        self.pulls = {(parent, number): 1_767_000_000 + 9 * parent + number for parent, number in self.children}
        self.reviews = {pull: [1000 * pull[1] + number for number in range(pull[1] % 5)] for pull in self.pulls}

    def change(self) -> None:
        """The pull request that has not changed for longest gets a review as well."""
        super().change()
        pull = min(self.pulls, key=lambda one: self.pulls[one])
        self.pulls[pull] = 1 + max(self.pulls.values())
        self.reviews[pull].append(1 + max(map(max, filter(None, self.reviews.values()))))

    def shown_others(self) -> dict[str, set[str]]:
        reviews = {str(review) for reviews in self.reviews.values() for review in reviews}
        pulls = {str(number) for _, number in self.pulls}
        return {"label": {str(7 * one) for one in self.parents}, "pull_request": pulls, "review": reviews}

    def answer(self, asked: Asked) -> Body:
        if other := re.fullmatch(r"/repos/fivetran/r(\d+)/(labels|pulls|pulls/(\d+)/reviews)", asked.path):
            return self.other(asked, int(other[1]), other[2], other[3])
        of_children, changes = self.listed(asked, "/orgs/fivetran/repos")
        allow(asked, "sort", "direction", "per_page", "page", *(("state", "since") if of_children else ()))
        require(asked.headers["accept"] == "application/vnd.github+json", "Accept")
        require((asked.query["sort"], asked.query["direction"]) == ("updated", "asc"), "newest first by default")
        require(asked.query.get("state") == "all" or not of_children, "only open issues by default")
        numbers = self.changed_since(changes, self.since(asked) or "")
        page, link = cut(asked, numbers, page="page", size="per_page")
        records = [self.issue(one, changes[one]) if of_children else self.repository(one) for one in page]
        return (records, f'Link: <{link}>; rel="next", <{asked.link(page="9")}>; rel="last"') if link else (records,)

    def other(self, asked: Asked, repository: int, kind: str, pull: str | None) -> Body:
        """What is listed of a repository beside its issues: only pull requests have an order that can be chosen."""
        allow(asked, "per_page", "page", *(("sort", "direction", "state") if kind == "pulls" else ()))
        records: list[dict[str, Any]] = [{"id": 7 * repository, "name": "bug"}]
        if pull is not None:
            records = [{"id": one, "state": "APPROVED"} for one in self.reviews[repository, int(pull)]]
        elif kind == "pulls":
            require((asked.query["sort"], asked.query["direction"]) == ("updated", "desc"), "another order by default")
            require(asked.query.get("state") == "all", "only open pull requests by default")
            changes = {number: at for (parent, number), at in self.pulls.items() if parent == repository}
            records = [self.pull(repository, one, changes[one]) for one in reversed(oldest_first(changes))]
        numbers, link = cut(asked, list(range(len(records))), page="page", size="per_page")
        page = [records[number] for number in numbers]
        return (page, f'Link: <{link}>; rel="next"') if link else (page,)

    def pull(self, repository: int, number: int, at: int) -> dict[str, Any]:
        base = {"repo": {"id": repository, "name": f"r{repository}", "owner": {"login": "fivetran"}}}
        return {"id": number, "number": number, "base": base, "updated_at": self.time(at)}

    def since(self, asked: Asked) -> str | None:
        return asked.query.get("since")

    def repository(self, number: int) -> dict[str, Any]:
        names = {"name": f"r{number}", "full_name": f"fivetran/r{number}", "owner": {"login": "fivetran", "id": 1}}
        return {"id": number, **names, "private": False, "updated_at": self.time(self.parents[number])}

    def issue(self, number: int, at: int) -> dict[str, Any]:
        labels = [{"id": 1, "name": "bug"}]
        return {"id": number, "number": number % 100, "title": "It", "labels": labels, "updated_at": self.time(at)}


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


class JsonApi(_WithChildrenOf):
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
