from django.urls import path

from o2c.invoicing import views

urlpatterns = [
    path("items/", views.items, name="items"),
    path("aging/", views.aging, name="aging"),
    path("receipts/", views.receipts, name="receipts"),
    path("receipts/new/", views.new_receipt, name="new_receipt"),
    path("receipts/<int:pk>/", views.receipt, name="receipt"),
    path("receipts/<int:pk>/apply/", views.apply_receipt, name="apply_receipt"),
    path("receipts/<int:pk>/reverse/", views.reverse_receipt, name="reverse_receipt"),
    path("allocations/<int:pk>/undo/", views.undo_allocation, name="undo_allocation"),
]
