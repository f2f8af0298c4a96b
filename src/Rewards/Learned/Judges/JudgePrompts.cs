using System.Text;

namespace Vlm.Rewards.Learned.Judges;

/// <summary>Puts a question and what was written to it into a rubric.</summary>
internal static class JudgePrompts
{
    /// <summary>What is asked about one answer.</summary>
    public static JudgeRequest Of(Rubric rubric, Example example, string answer, bool images) =>
        Of(rubric, example, images, (Rubric.Answer, answer));

    /// <summary>What is asked about two answers, in the order they are shown.</summary>
    public static JudgeRequest Of(Rubric rubric, Example example, string first, string second, bool images) =>
        Of(rubric, example, images, (Rubric.AnswerA, first), (Rubric.AnswerB, second));

    /// <summary>The chat up to the answer: the question alone where it is one turn with one image at most.</summary>
    public static string Question(Example example)
    {
        if (example is { Messages.Count: 1, Images.Count: <= 1 })
            return example.Question;
        var text = new StringBuilder();
        int image = 0;
        foreach (Message message in example.Messages)
        {
            if (example.Messages.Count > 1)
                text.Append(message.Role).Append(": ");
            foreach (Content part in message.Content)
                text.Append(part.Text ?? $"[image {++image}] ");
            text.Append('\n');
        }

        return text.ToString().TrimEnd();
    }

    private static JudgeRequest Of(
        Rubric rubric, Example example, bool images, params ReadOnlySpan<(string Name, string Text)> answers)
    {
        if (rubric.ShowsReference && string.IsNullOrWhiteSpace(example.Answer))
            throw new UsageException(
                "the example has no reference answer, and the rubric shows one", $"record {example.Id}",
                "data with an answer in each row, or a rubric without {reference}");
        var values = new Dictionary<string, string>
        {
            [Rubric.Question] = Question(example),
            [Rubric.Reference] = example.Answer,
            [Rubric.Answer] = "",
            [Rubric.AnswerA] = "",
            [Rubric.AnswerB] = "",
        };
        foreach ((string name, string text) in answers)
            values[name] = rubric.Shown(text);
        return JudgeRequest.Of(example.Id, rubric.Fill(values), images ? example.Images : []);
    }
}
