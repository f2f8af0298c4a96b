namespace Vlm.Rewards;

/// <summary>A completion and the part of it that is the answer, as an <see cref="AnswerFormat"/> finds it, once.</summary>
public sealed class Answer
{
    private readonly AnswerFormat _format;
    private AnswerPart _part;
    private bool _isRead;
    private string? _plain, _plainSentence;

    internal Answer(AnswerFormat format, string completion, string id)
    {
        ArgumentNullException.ThrowIfNull(completion);
        (_format, Completion, Id) = (format, completion, id);
    }

    /// <summary>The id of the example that was answered, for messages; empty where nobody said.</summary>
    public string Id { get; }

    /// <summary>All that the model wrote.</summary>
    public string Completion { get; }

    /// <summary>The tokens that were sampled, the one that ends them included; null where only the text is known.</summary>
    public IReadOnlyList<int>? Tokens { get; internal init; }

    /// <summary>The answer as it was written, without white space around it; null where there is none.</summary>
    public string? Text => Part.Text;

    /// <summary>Why there is no answer; empty where there is one.</summary>
    public string Problem => Part.Problem;

    /// <summary>
    /// <see cref="Text"/> without what only typesets it: LaTeX's <c>\text</c> and dollar signs, Markdown's stars, full-width letters.
    /// Empty where there is no answer.
    /// </summary>
    public string Plain => _plain ??= PlainText.Of(Text ?? "").Trim();

    /// <summary>
    /// The first sentence of <see cref="Plain"/>, without its full stop, where words such as "the answer is" announced it: a reason
    /// may follow. All of it elsewhere.
    /// </summary>
    internal string Sentence => _plainSentence ??= Part.IsMarked ? PlainText.Of(Sentences.First(Text ?? "")).Trim() : Plain;

    /// <summary>Words such as "the answer is" announced it.</summary>
    internal bool IsMarked => Part.IsMarked;

    private AnswerPart Part
    {
        get
        {
            if (!_isRead)
                (_part, _isRead) = (_format.Find(Completion), true);
            return _part;
        }
    }
}
