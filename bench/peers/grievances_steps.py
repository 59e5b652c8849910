"""What both peers of the whole job share: the queries, the label names, the cleaning patterns."""

MISTAKES = """
SELECT c.id, c.message AS grievance, mc.correct_{0} AS class
FROM misclassified_complaints mc JOIN complaints c ON c.id = mc.complaint_id
WHERE mc.reviewed AND mc.correct_{0} IS NOT NULL AND c.{0} IS DISTINCT FROM mc.correct_{0}
ORDER BY c.id, mc.id"""

CORRECT = """
SELECT c.id, c.message AS grievance, c.{0} AS class
FROM complaints c
WHERE NOT EXISTS (SELECT 1 FROM misclassified_complaints mc WHERE mc.complaint_id = c.id)
ORDER BY c.id"""

LABELS = {
    "department": [
        "Municipal Governance & Community Services",
        "Education, Health & Social Welfare",
        "Infrastructure, Utilities & Natural Resources",
        "Security & Law Enforcement",
    ],
    "urgency": ["NORMAL", "URGENT", "HIGHLY URGENT"],
}

PATTERNS = [
    (r"https?://\S+|www\.\S+", ""),
    (r"<.*?>", ""),
    (r"\n", " "),
    (r"\s+", " "),
]
