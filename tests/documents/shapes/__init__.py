"""APIs of the shapes in docs/recipes.md: each answers as the real one, and refuses what that would refuse."""

from collections.abc import Callable, Mapping

from tests.documents.shapes.business import HubSpot, NetSuite, QuickBooks, Salesforce, Shopify, WordPress, Xero
from tests.documents.shapes.files import CsvReport, XmlFeed
from tests.documents.shapes.servers import (
    Elasticsearch,
    Fhir,
    Kinto,
    Parse,
    Relay,
    RestFrameworkCursors,
    RestFrameworkOffsets,
    RestFrameworkPages,
)
from tests.documents.shapes.shape import Shape
from tests.documents.shapes.teamwork import AzureDevOps, Jira, Notion, Redmine, ServiceNow, Slack, Zendesk, Zoom

SHAPES: Mapping[str, Callable[[], Shape]] = {
    "Django REST Framework, numbered pages": RestFrameworkPages,
    "Django REST Framework, limit and offset": RestFrameworkOffsets,
    "Django REST Framework, cursors": RestFrameworkCursors,
    "Redmine": Redmine,
    "Kinto": Kinto,
    "Parse Server": Parse,
    "Zendesk": Zendesk,
    "HubSpot": HubSpot,
    "Jira": Jira,
    "Salesforce": Salesforce,
    "NetSuite": NetSuite,
    "Slack": Slack,
    "Shopify": Shopify,
    "Xero": Xero,
    "QuickBooks": QuickBooks,
    "WordPress": WordPress,
    "ServiceNow": ServiceNow,
    "Azure DevOps": AzureDevOps,
    "GraphQL with Relay connections": Relay,
    "FHIR": Fhir,
    "Zoom": Zoom,
    "Notion": Notion,
    "Elasticsearch": Elasticsearch,
    "A report in CSV": CsvReport,
    "XML": XmlFeed,
}
"""By the headings of the recipes."""
