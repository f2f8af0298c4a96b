using Vlm;
using Vlm.Datasets;
using Vlm.Rewards.Learned;

/// <summary>Answers of a length to questions about drawings.</summary>
static class BenchedAnswers
{
    private const int Shortest = 20, Longest = 40;
    private static readonly ShapesOptions s_captions = new() { Kinds = ["describe"] };

    /// <summary>Questions, each with as many answers: the beginning of captions, as long in tokens as their number says.</summary>
    /// <param name="questions">How many.</param>
    /// <param name="answers">To each of them.</param>
    /// <param name="tokens">Tokens of a text.</param>
    public static Completion[] Of(int questions, int answers, Func<string, int> tokens) => [.. Enumerable.Range(0, questions).SelectMany(question =>
    {
        Example example = Shapes.Example(0, Split.Test, question, s_captions);
        return Enumerable.Range(question * answers, answers).Select(i =>
            new Completion(example, Text(i, Shortest + (i % (Longest - Shortest + 1)), tokens)));
    })];

    private static string Text(int number, int length, Func<string, int> tokens)
    {
        string text = "";
        foreach (string word in Enumerable.Range(number, Longest).SelectMany(i => Shapes.Example(1, Split.Test, i, s_captions).Answer.Split(' ')))
        {
            string longer = text.Length == 0 ? word : $"{text} {word}";
            if (tokens(longer) > length)
                break;
            text = longer;
        }
        return text;
    }
}
