"""The tables under each of REST framework's ways to cut a list: `/cursor/companies/`, `/page/departments/`, ..."""

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, include, path
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import pagination
from rest_framework.decorators import api_view
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.serializers import IntegerField, ModelSerializer
from rest_framework.throttling import UserRateThrottle
from rest_framework.viewsets import ModelViewSet

from tests.contracts.django_server.models import Company, Department


class CompanySerializer(ModelSerializer):
    id = IntegerField()

    class Meta:
        model = Company
        fields = ("id", "name", "updated_at", "deleted")


class DepartmentSerializer(ModelSerializer):
    id = IntegerField()
    company_id = IntegerField()

    class Meta:
        model = Department
        fields = ("id", "company_id", "name", "updated_at", "deleted")


class CompanyView(ModelViewSet):
    queryset = Company.objects.order_by("id")
    serializer_class = CompanySerializer
    filter_backends = (DjangoFilterBackend, OrderingFilter)
    filterset_fields = {"updated_at": ["gte"]}
    ordering_fields = ("updated_at",)


class DepartmentView(CompanyView):
    queryset = Department.objects.order_by("id")
    serializer_class = DepartmentSerializer
    filterset_fields = {"updated_at": ["gte"], "company_id": ["exact"]}


class LimitOffset(pagination.LimitOffsetPagination):
    default_limit = 100


class NumberedPages(pagination.PageNumberPagination):
    page_size = 100
    page_size_query_param = "limit"


class Cursor(pagination.CursorPagination):
    page_size = 100
    page_size_query_param = "limit"
    ordering = "updated_at"


class Throttle(UserRateThrottle):
    """Its clock stands still until a request is refused, and then goes on by the second that it has to wait."""

    moment = 0

    def timer(self) -> int:
        return Throttle.moment

    def throttle_failure(self) -> bool:
        Throttle.moment += self.duration
        return False


def _routes(paginator: type[pagination.BasePagination], *throttles: type[UserRateThrottle]) -> list[URLPattern]:
    router = SimpleRouter()
    for name, view in (("companies", CompanyView), ("departments", DepartmentView)):
        own = type(view.__name__, (view,), {"pagination_class": paginator, "throttle_classes": throttles})
        router.register(name, own, basename=name)
    urls: list[URLPattern] = router.urls
    return urls


@api_view(["POST"])
def fill(request: Request) -> Response:
    """Replace everything by these records; many at once have one time, as after a bulk load."""
    Department.objects.all().delete()
    Company.objects.all().delete()
    for model, name in ((Company, "company"), (Department, "department")):
        model.objects.bulk_create(model(**record) for record in request.data[name])
    return Response()


def ready(_: HttpRequest) -> HttpResponse:
    return HttpResponse("ready")


urlpatterns = [
    path("", ready),
    path("fill/", fill),
    path("offset/", include(_routes(LimitOffset))),
    path("page/", include(_routes(NumberedPages))),
    path("cursor/", include(_routes(Cursor))),
    path("throttled/", include(_routes(NumberedPages, Throttle))),
]
