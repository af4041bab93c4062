"""The essay's argument as queries, in order: agents are database state."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lesson:
    """A query that is ready to run, and a sentence about what it shows."""

    title: str
    sentence: str
    query: str


LESSONS = (
    Lesson(
        "Everything that happens is a row",
        "Everything that people and agents do is a row in one table, in order within its thread.",
        """SELECT t.name AS thread, e.seq, u.name AS author, e.type, e.data, e.inserted_at
FROM events e
JOIN threads t ON t.id = e.thread_id
JOIN users u ON u.id = e.user_id
ORDER BY e.inserted_at DESC, e.seq DESC
LIMIT 50""",
    ),
    Lesson(
        "Who is due, and why",
        "A trigger on each new event marks the agents of its thread as due. Each stays due until it "
        "has read everything.",
        """SELECT t.name AS thread, u.name AS agent, m.role, m.due_since,
    t.last_seq - m.last_seen_seq AS events_to_read
FROM memberships m
JOIN threads t ON t.id = m.thread_id
JOIN users u ON u.id = m.user_id
WHERE u.type = 'agent'
ORDER BY m.due_since NULLS LAST, t.inserted_at DESC, u.name""",
    ),
    Lesson(
        "What each agent decided",
        "A run is one agent's turn at what is new in a thread: it speaks or stays silent, and says why.",
        """SELECT u.name AS agent, r.from_seq, r.to_seq, r.status, r.reason, e.data->>'name' AS tool,
    r.started_at
FROM runs r
JOIN users u ON u.id = r.user_id
LEFT JOIN events e ON e.id = r.tool_use_event_id
ORDER BY r.started_at DESC
LIMIT 50""",
    ),
    Lesson(
        "The numbers behind it",
        "When to speak is a rule, a function of the rows. This is what each rule counted.",
        """SELECT u.name AS agent, a.rule, a.rule_args, r.reason, r.reason_data, count(*) AS runs
FROM runs r
JOIN users u ON u.id = r.user_id
JOIN agents a ON a.id = r.agent_id
GROUP BY u.name, a.rule, a.rule_args, r.reason, r.reason_data
ORDER BY runs DESC, agent""",
    ),
    Lesson(
        "Speaking and staying silent",
        "Agents hear everything and mostly say nothing. Silence costs no model call.",
        """SELECT u.name AS agent,
    count(*) FILTER (WHERE r.status = 'silent') AS silent,
    count(*) FILTER (WHERE r.status = 'done') AS spoke,
    count(*) FILTER (WHERE r.status NOT IN ('silent', 'done')) AS others
FROM runs r
JOIN users u ON u.id = r.user_id
GROUP BY u.name
ORDER BY u.name""",
    ),
    Lesson(
        "The events that a run considered",
        "from_seq and to_seq say what was new to the agent. These events led to the newest tool "
        "use.",
        """WITH newest AS (
    SELECT * FROM runs WHERE tool_use_event_id IS NOT NULL ORDER BY started_at DESC LIMIT 1
)
SELECT agent.name AS agent, e.seq, author.name AS author, e.type, e.data
FROM newest r
JOIN users agent ON agent.id = r.user_id
JOIN events e ON e.thread_id = r.thread_id AND e.seq BETWEEN r.from_seq AND r.to_seq
JOIN users author ON author.id = e.user_id
ORDER BY e.seq""",
    ),
    Lesson(
        "What is in the prompt",
        "An agent's instructions, then all events up to to_seq. The same rows give the same text, "
        "and the hash helps to prove it.",
        """SELECT agent.name AS agent, r.model, left(r.prompt_sha256, 12) AS prompt_hash,
    left(a.prompt, 80) AS begins_with, a.tools, p.events, p.characters_of_data
FROM runs r
JOIN users agent ON agent.id = r.user_id
JOIN agents a ON a.id = r.agent_id
CROSS JOIN LATERAL (
    SELECT count(*) AS events, sum(length(e.data::text)) AS characters_of_data
    FROM events e
    WHERE e.thread_id = r.thread_id AND e.seq <= r.to_seq
) p
WHERE r.prompt_sha256 IS NOT NULL
ORDER BY r.started_at DESC
LIMIT 20""",
    ),
    Lesson(
        "What agents did",
        "A model answers with one tool use, which is an event like any other.",
        """SELECT e.seq, u.name AS agent, e.data->>'name' AS tool, e.data->'input' AS input,
    e.inserted_at
FROM events e
JOIN users u ON u.id = e.user_id
WHERE e.type = 'tool_use'
ORDER BY e.inserted_at DESC
LIMIT 50""",
    ),
    Lesson(
        "Facts, and the words they came from",
        "Memory is a table. Each fact names the event in which somebody said it.",
        """SELECT subject.name AS subject, f.predicate, f.object, f.category, f.confidence,
    author.name AS said_by, said.data->>'text' AS words
FROM facts f
JOIN users subject ON subject.id = f.subject_id
LEFT JOIN events said ON said.id = f.source_event_id
LEFT JOIN users author ON author.id = said.user_id
ORDER BY f.inserted_at DESC
LIMIT 50""",
    ),
    Lesson(
        "Roasts, and the facts they used",
        "A joke is made from rows: the tool use names the facts that it used.",
        """SELECT u.name AS comedian, e.data->'input'->>'roast' AS roast,
    f.predicate, f.object, e.inserted_at
FROM events e
JOIN users u ON u.id = e.user_id
LEFT JOIN LATERAL jsonb_array_elements_text(e.data->'input'->'facts') AS used (fact_id) ON true
LEFT JOIN facts f ON f.id::text = used.fact_id
WHERE e.type = 'tool_use' AND e.data->>'name' = 'roast_user'
ORDER BY e.inserted_at DESC, f.predicate
LIMIT 50""",
    ),
    Lesson(
        "From an event to a run",
        "The database is the event loop. This is how long after its newest event a run began, and "
        "how long it took.",
        """SELECT u.name AS agent, r.status, count(*) AS runs,
    round(avg(1000 * extract(epoch FROM r.started_at - e.inserted_at)), 1) AS ms_to_begin,
    round(avg(1000 * extract(epoch FROM r.finished_at - r.started_at)), 1) AS ms_to_end
FROM runs r
JOIN users u ON u.id = r.user_id
JOIN events e ON e.thread_id = r.thread_id AND e.seq = r.to_seq
GROUP BY u.name, r.status
ORDER BY u.name, r.status""",
    ),
    Lesson(
        "Tokens per agent",
        "What the models read and wrote, as their servers counted.",
        """SELECT u.name AS agent, count(*) AS runs, sum(r.attempts) AS model_calls,
    sum(r.input_tokens) AS input_tokens, sum(r.output_tokens) AS output_tokens,
    sum(r.cache_read_input_tokens) AS read_from_cache
FROM runs r
JOIN users u ON u.id = r.user_id
WHERE r.attempts > 0
GROUP BY u.name
ORDER BY u.name""",
    ),
    Lesson(
        "Who the agents are",
        "An agent is a row too: its prompt, tools and rule. An edit adds a version.",
        """SELECT u.name AS agent, a.version, a.rule, a.rule_args, a.tools, a.model, a.prompt,
    count(r.id) AS runs
FROM agents a
JOIN users u ON u.id = a.user_id
LEFT JOIN runs r ON r.agent_id = a.id
GROUP BY u.name, a.version, a.rule, a.rule_args, a.tools, a.model, a.prompt
ORDER BY u.name, a.version""",
    ),
)
