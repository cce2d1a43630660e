"""Answers that are not JSON."""

import csv
import io

import httpx

from tests.documents.shapes.shape import Shape, since_in


class CsvReport(Shape):
    """Every line of all orders, each time."""

    table, key = "order_line", "line"
    finds_changes = False

    def answer(self, request: httpx.Request) -> httpx.Response:
        assert request.url.query == b""
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(["order", "line", "version", "amount"])
        writer.writerows(["o 1", number, version, "1.5"] for number, version in self.versions.items())
        self.served += len(self.versions)
        return httpx.Response(200, content=text.getvalue(), headers={"Content-Type": "text/csv"})


class XmlFeed(Shape):
    """A feed with an element for each record, and none if nothing has changed."""

    table = "item"

    def answer(self, request: httpx.Request) -> httpx.Response:
        rows = self.found(since_in(request, "since"))
        items = "".join(
            f"<item><id>{row['id']}</id><version>{row['version']}</version><updated_at>{row['updated_at']}</updated_at></item>"
            for row in self.page(rows, 0, 100)
        )
        return httpx.Response(200, content=f"<feed>{items}</feed>", headers={"Content-Type": "application/xml"})
