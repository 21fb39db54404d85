"""What the demo's pages are about: the identifiers that stand in their addresses, read from the product's database."""

from dataclasses import dataclass

import psycopg2

from config.demo.projects import DRAFT, LANDSCAPES, REVIEWS
from stack.product import Product

ONE = {
    "project": "SELECT id FROM annotation_project WHERE title = %(reviews)s",
    "images": "SELECT id FROM annotation_project WHERE title = %(images)s",
    "draft": "SELECT id FROM annotation_project WHERE title = %(draft)s",
    "team": "SELECT team_id FROM annotation_project WHERE title = %(reviews)s",
    "item": """SELECT item_id FROM annotation_answer a JOIN annotation_project p ON p.id = a.project_id
               WHERE title = %(reviews)s ORDER BY a.state = 'pending' DESC, item_id LIMIT 1""",
    "answer": """SELECT a.id FROM annotation_answer a JOIN accounts_user u ON u.id = a.user_id
                 WHERE u.email = 'amina@foggara.example' ORDER BY a.id LIMIT 1""",
    "judge": "SELECT public_id FROM accounts_user WHERE email = 'reviewer@foggara.example'",
    "appeal": "SELECT answer_id FROM annotation_appeal ORDER BY answer_id LIMIT 1",
    "upload": """SELECT u.id FROM annotation_upload u JOIN annotation_project p ON p.id = u.project_id
                 WHERE title = %(reviews)s""",
    "escrow": "SELECT escrow_id FROM annotation_project WHERE title = %(reviews)s",
    "batch": "SELECT id FROM rewards_settlementbatch ORDER BY epoch LIMIT 1",
}


@dataclass(frozen=True)
class Scene:
    ids: dict[str, object]

    def arguments(self, names: tuple[str, ...]) -> list[object]:
        return [self.ids.get(name, name) for name in names]


def read_scene(product: Product) -> Scene:
    titles = {"reviews": REVIEWS, "images": LANDSCAPES, "draft": DRAFT}
    found: dict[str, object] = {}
    connection = psycopg2.connect(product.database_url)
    try:
        with connection.cursor() as cursor:
            for name, question in ONE.items():
                cursor.execute(question, titles)
                row = cursor.fetchone()
                assert row is not None, f"The demo has no {name}."
                found[name] = row[0]
    finally:
        connection.close()
    return Scene(found)
