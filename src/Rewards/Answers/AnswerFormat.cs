namespace Vlm.Rewards;

/// <summary>A completion and its answer: documentation, and a test.</summary>
/// <param name="Completion">What a model writes.</param>
/// <param name="Answer">What the convention reads.</param>
public sealed record AnswerExample(string Completion, string Answer);

/// <summary>A convention by which a completion says which part of it is the answer.</summary>
/// <remarks>
/// Before any convention is looked for, the thinking is taken away: what stands before the last <c>&lt;/think&gt;</c>, or its
/// like. Thinking that does not end leaves no answer. Then, by itself (<see cref="Auto"/>), each convention of the table narrows what
/// those before it left, in the order of the table: so <c>&lt;answer&gt;3 + 4 = \boxed{7}&lt;/answer&gt;</c> answers 7. All are
/// linear in the length of the text.
/// </remarks>
public sealed record AnswerFormat : INamed
{
    private readonly Func<string, AnswerPart> _find;
    private readonly string _missing;

    internal AnswerFormat(string name, Func<string, AnswerPart> find, string missing) =>
        (Name, _find, _missing) = (name, find, missing);

    /// <summary>The conventions that options choose from.</summary>
    public static NamedTable<AnswerFormat> Table { get; } = AnswerFormats.Table();

    /// <summary>Every convention that can be told from its absence, in the order of the table; else the whole text.</summary>
    public static AnswerFormat Auto { get; } = Table["auto"];

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>Where the convention was published, or who writes so.</summary>
    public required string Source { get; init; }

    /// <summary>A completion with its answer.</summary>
    public required AnswerExample Example { get; init; }

    /// <summary>The answer of a completion; it is looked for when it is first asked for.</summary>
    /// <param name="completion">What the model wrote.</param>
    /// <param name="id">The id of the example, for messages.</param>
    public Answer Read(string completion, string id = "") => new(this, completion, id);

    /// <inheritdoc cref="Read(string, string)"/>
    /// <param name="completion">What the model wrote, with its tokens where they are known.</param>
    /// <param name="id">The id of the example, for messages; completions of one group have the same.</param>
    public Answer Read(SampledText completion, string id = "") => new(this, completion.Text, id) { Tokens = completion.Tokens };

    internal AnswerPart Find(string completion)
    {
        AnswerPart rest = Thinking.After(completion);
        if (rest.Text is not { } text)
            return rest;
        AnswerPart found = _find(text);
        bool missing = found.Text is null && found.Problem.Length == 0;
        return missing ? AnswerPart.Broken(_missing) : found.NotEmpty();
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
