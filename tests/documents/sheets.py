"""PDF pages written for the tests, in the layouts that CVs come in."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
LEFT = [
    "EXPERIENCE",
    "Data Engineer, Northwind Labs",
    "Built streaming pipelines with Kafka",
    "and Spark for forty stores",
    "Analyst, Contoso Retail",
    "Wrote the weekly sales report in SQL",
    "EDUCATION",
    "Master of Statistics, Lyon",
]
RIGHT = ["SKILLS", "Python", "Apache Kafka", "Spark", "LANGUAGES", "French (native)", "English (fluent)"]


def pdf(*pages: Callable[[Canvas], None]) -> bytes:
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=True)
    for page in pages:
        page(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def column(
    canvas: Canvas, x: float, y: float, lines: list[str], *, size: float = 10, leading: float = 14, bold: bool = False
) -> float:
    canvas.setFont("Helvetica-Bold" if bold else "Helvetica", size)
    for line in lines:
        canvas.drawString(x, y, line)
        y -= leading
    return y


def two_columns(canvas: Canvas) -> None:
    """Same leading, so that lines of both columns share their baselines; written line by line across the page."""
    canvas.setFont("Helvetica", 10)
    column(canvas, 50, 800, ["Ada Martin"], size=20)
    canvas.setFont("Helvetica", 10)
    for i in range(max(len(LEFT), len(RIGHT))):
        if i < len(LEFT):
            canvas.drawString(50, 760 - 14 * i, LEFT[i])
        if i < len(RIGHT):
            canvas.drawString(360, 760 - 14 * i, RIGHT[i])


def sidebar(canvas: Canvas) -> None:
    """A coloured rail on the left with its own leading, the main text on the right, a name across the top."""
    canvas.setFillGray(0.9)
    canvas.rect(0, 0, 190, 780, stroke=0, fill=1)
    canvas.setFillGray(0)
    column(canvas, 50, 805, ["Ada Martin, Senior Data Engineer, Lyon and remote"], size=18)
    column(canvas, 30, 750, RIGHT, size=9, leading=12.5)
    column(canvas, 215, 752, [*LEFT, "Thesis on the forecasting of perishable goods in supermarkets"], size=10.5, leading=15)


def right_dates(canvas: Canvas) -> None:
    y = 800.0
    y = column(canvas, 50, y, ["Ada Martin", "EXPERIENCE"])
    for title, when in (
        ("Software Engineer", "Jan 2020 – Mar 2021"),
        ("Backend Developer", "Feb 2018 – Dec 2019"),
        ("Intern", "2017 – 2018"),
        ("Student Assistant", "Sep 2016 – Jun 2017"),
    ):
        canvas.setFont("Helvetica", 11)
        canvas.drawString(50, y, title)
        canvas.setFont("Helvetica", 9)
        canvas.drawRightString(545, y, when)
        y = column(canvas, 50, y - 14, ["Wrote services in Go and kept them running through the night", "Mentored two people"])


def date_rail(canvas: Canvas) -> None:
    column(canvas, 50, 800, ["EXPERIENCE"])
    y = 780.0
    for when, lines in (
        (["2020 – 2023"], ["Software Engineer, Northwind Labs", "Kept the payment service within its limits"]),
        (["2018 –", "2020"], ["Backend Developer, Contoso", "Moved the monolith to services", "Introduced tracing"]),
        (["2016 – 2018"], ["Intern, Fabrikam", "Automated the release notes"]),
        (["2014 – 2016"], ["Student assistant, University of Lyon", "Ran the exercise classes"]),
    ):
        column(canvas, 50, y, when)
        y = column(canvas, 150, y, lines) - 6


def heading_rail(canvas: Canvas) -> None:
    y = 780.0
    for heading, lines in (
        ("Profile", ["Engineer with ten years of practice in data platforms", "who likes to explain what she builds"]),
        (
            "Experience",
            ["Northwind Labs, Senior Engineer since 2019", "Built the ingestion of forty sources", "Led a team of five"],
        ),
        (
            "Education",
            ["Master of Statistics, University of Lyon", "Graduated with distinction in the summer", "Exchange year in Porto"],
        ),
        ("Skills", ["Python, SQL, Kafka, Spark, Terraform, Kubernetes", "French, English, Portuguese and some German"]),
    ):
        column(canvas, 50, y, [heading], bold=True)
        y = column(canvas, 170, y, lines) - 14


def language_table(canvas: Canvas) -> None:
    for i, cells in enumerate(
        [("Language", "Level", "Since"), ("French", "C2", "birth"), ("English", "C1", "2008"), ("German", "B1", "2015")]
    ):
        for x, cell in zip((50, 200, 350), cells, strict=True):
            canvas.drawString(x, 780 - 16 * i, cell)


def blank(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 10)


def three_columns_and_header(canvas: Canvas) -> None:
    column(canvas, 50, 800, ["A long line that stands over all three of the columns of this page, from one margin to the other"])
    for x, letter in ((50, "a"), (230, "b"), (410, "c")):
        column(canvas, x, 770, [f"{letter}{i} some words stand here" for i in range(6)])
    column(canvas, 50, 660, ["Another long line that stands under all three of the columns, from one margin to the other again"])


def tables_and_headings(canvas: Canvas) -> None:
    """Two small tables and a rail of years, each under a heading that stands on the left alone; one wrapped cell."""
    y = sheet_rows(canvas, 780, [("EXPERIENCE",), ("Statistician", "Contoso Data", "12/2024 - 08/2026")], (50, 220, 400))
    y = sheet_rows(canvas, y, [("Engineer, studies and", "Fabrikam", "12/2019 - 12/2024"), ("development",)], (50, 220, 400))
    y = sheet_rows(canvas, y, [("Junior engineer", "Northwind", "11/2016 - 11/2019")], (50, 220, 400))
    y = sheet_rows(canvas, y, [("EDUCATION",), ("2016", "Master of Statistics"), ("", "University of Toulouse")], (50, 170))
    y = sheet_rows(canvas, y, [("2014", "Bachelor of Data Science"), ("", "University of Rennes")], (50, 170))
    sheet_rows(canvas, y, [("LANGUAGES",), ("French", "mother tongue"), ("English", "advanced"), ("Spanish", "basic")], (50, 170))


def sheet_rows(canvas: Canvas, y: float, rows: list[tuple[str, ...]], stops: tuple[float, ...]) -> float:
    canvas.setFont("Helvetica", 10)
    for row in rows:
        for x, cell in zip(stops, row, strict=False):
            canvas.drawString(x, y, cell)
        y -= 14
    return y


def europass(canvas: Canvas) -> None:
    y = 780.0
    for when, post, duties, name in (
        ("May 2023 - present", "Software engineer", "Wrote the tests and reviewed what the team", "Contoso, Lyon"),
        ("Feb 2020 - May 2023", "Junior developer", "Kept the booking service of eleven clients", "Fabrikam, Le Havre"),
    ):
        rows = [("Dates", when), ("Position held", post), ("Main activities and", duties), ("responsibilities", "had written")]
        y = sheet_rows(canvas, y, [*rows, ("Name of employer", name)], (50, 220)) - 6


def grid(canvas: Canvas) -> None:
    """A table of four columns whose cells have several lines, with space between its rows."""
    y = sheet_rows(canvas, 780, [("Period", "Post", "Employer", "Duties")], (50, 130, 250, 340)) - 6
    for rows in (
        [
            ("2025 -", "Lead", "Contoso", "Ran workshops of twenty-four people and"),
            ("present", "consultant", "", "followed the plan to its end"),
        ],
        [
            ("2022 - 2024", "Senior", "Fabrikam", "Studied whether services can be shared"),
            ("", "consultant", "", "and drew the processes of a ministry"),
        ],
        [
            ("2015 - 2022", "Consultant in", "Northwind", "Led twenty interviews and wrote what"),
            ("", "management", "", "was wrong, and trained two interns"),
        ],
        [("2012 - 2015", "Consultant", "Adventure", "Trained five apprentices")],
    ):
        y = sheet_rows(canvas, y, rows, (50, 130, 250, 340)) - 8
