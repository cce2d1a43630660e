"""GitHub's API: repositories, and what is below them at two levels."""

import re
from typing import Any

from tests.examples.shapes import (
    START,
    Asked,
    Body,
    ShapeWithPaths,
    allow,
    cut,
    missing,
    oldest_first,
    require,
)


class GitHub(ShapeWithPaths):
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
        return {"label": {str(7 * one) for one in self.parents}}

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
        require(asked.headers["accept"] == "application/vnd.github+json", "Accept")
        if repository not in self.parents or (pull and (repository, int(pull)) not in self.pulls):
            raise missing(asked)
        records: list[dict[str, Any]] = [{"id": 7 * repository, "name": "bug"}]
        if pull is not None:
            records = [self.review(one) for one in self.reviews[repository, int(pull)]]
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

    def review(self, number: int) -> dict[str, Any]:
        """One that is pending has not been submitted, and is shown to its author alone."""
        is_pending = number % 1000 == 3
        time = {} if is_pending else {"submitted_at": self.time(START + number)}
        return {"id": number, "state": "PENDING" if is_pending else "APPROVED", "body": "", **time}

    def since(self, asked: Asked) -> str | None:
        return asked.query.get("since")

    def repository(self, number: int) -> dict[str, Any]:
        names = {"name": f"r{number}", "full_name": f"fivetran/r{number}", "owner": {"login": "fivetran", "id": 1}}
        return {"id": number, **names, "private": False, "updated_at": self.time(self.parents[number])}

    def issue(self, number: int, at: int) -> dict[str, Any]:
        labels = [{"id": 1, "name": "bug"}]
        return {"id": number, "number": number % 100, "title": "It", "labels": labels, "updated_at": self.time(at)}


class GitHubReviews(GitHub):
    """Its pull requests are the children."""

    children_path = r"/repos/fivetran/r(\d+)/pulls"
    finds_changes = False

    def __init__(self, parents: int = 8, children: int = 4) -> None:
        super().__init__(parents, children)
        self.pulls = self.children

    def shown_others(self) -> dict[str, set[str]]:
        return {"review": {str(review) for reviews in self.reviews.values() for review in reviews}}
