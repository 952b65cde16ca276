"""One file per noun; this is where they are imported from."""

from generations.models.adoption import load_catalogue
from generations.models.attempt import Attempt
from generations.models.audience import AudienceChange
from generations.models.audit_entry import AuditEntry
from generations.models.batch import Batch, BatchReference
from generations.models.choice import Choice
from generations.models.client import Client
from generations.models.comment import Comment
from generations.models.draft import Draft
from generations.models.erasure import Erasure
from generations.models.favourite import Favourite
from generations.models.gallery import Gallery
from generations.models.gallery_item import GalleryItem
from generations.models.gallery_member import GalleryMember
from generations.models.generation import Generation
from generations.models.group_role import GroupRole
from generations.models.hand_over import HandOver
from generations.models.hold import Hold
from generations.models.image import Image
from generations.models.invitation import Invitation
from generations.models.key_seal import KeySeal
from generations.models.look import Look
from generations.models.mail import Mail
from generations.models.notification import Notification
from generations.models.price import Price
from generations.models.provider import Provider
from generations.models.provider_model import ProviderModel
from generations.models.record_head import RecordHead
from generations.models.reduced_copy import ReducedCopy
from generations.models.refusal import RefusalSeen
from generations.models.reread import Reread
from generations.models.retention_rule import RetentionRule
from generations.models.saved_search import SavedSearch
from generations.models.share_link import ShareLink, ShareVisit
from generations.models.sign_in import SignIn
from generations.models.signing_key import SigningKey
from generations.models.stored_file import StoredFile
from generations.models.tag import Tag
from generations.models.tally import Tally
from generations.models.team import Membership, Person, Team
from generations.models.verdict import Verdict
from generations.models.visitor import Visitor
from generations.models.worker import Lease, Worker

__all__ = [
    "Attempt",
    "AudienceChange",
    "AuditEntry",
    "Batch",
    "BatchReference",
    "Choice",
    "Client",
    "Comment",
    "Draft",
    "Erasure",
    "Favourite",
    "Gallery",
    "GalleryItem",
    "GalleryMember",
    "Generation",
    "GroupRole",
    "HandOver",
    "Hold",
    "Image",
    "Invitation",
    "KeySeal",
    "Lease",
    "Look",
    "Mail",
    "Membership",
    "Notification",
    "Person",
    "Price",
    "Provider",
    "ProviderModel",
    "RecordHead",
    "ReducedCopy",
    "RefusalSeen",
    "Reread",
    "RetentionRule",
    "SavedSearch",
    "ShareLink",
    "ShareVisit",
    "SignIn",
    "SigningKey",
    "StoredFile",
    "Tag",
    "Tally",
    "Team",
    "Verdict",
    "Visitor",
    "Worker",
    "load_catalogue",
]
