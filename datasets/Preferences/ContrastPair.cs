namespace Vlm.Datasets;

/// <summary>What differs between the two questions of a contrast.</summary>
public enum Contrast
{
    /// <summary>The words: two questions about the same images.</summary>
    Instruction,

    /// <summary>The images: one question about each of two.</summary>
    Image,
}

/// <summary>Two questions that are alike, with different answers: the right answer to each is a wrong one to the other.</summary>
/// <remarks>
/// The contrast instructions of Shen et al. 2023, arXiv:2309.16155, section 3, and of our own contrast images: one question, two images.
/// A reward that reads both the question and the image prefers each answer where it belongs.
/// </remarks>
/// <param name="First">The first question: its answer is chosen, that of the second is rejected.</param>
/// <param name="Second">The second question, with the same answers the other way round.</param>
public sealed record ContrastPair(Preference First, Preference Second)
{
    /// <summary>What differs between the two questions.</summary>
    public Contrast Varies => First.Example.Question == Second.Example.Question ? Contrast.Image : Contrast.Instruction;

    /// <summary>A contrast of two questions, each with its answer.</summary>
    /// <exception cref="UsageException">The answers are equal, or one of them is empty.</exception>
    public static ContrastPair Of(Example first, string firstAnswer, Example second, string secondAnswer) =>
        new(Preference.Of(first, firstAnswer, secondAnswer), Preference.Of(second, secondAnswer, firstAnswer));

    /// <summary>The contrasts among pairs: two that have the same answers in the other order, to different questions or images.</summary>
    /// <remarks>
    /// Each pair is of one contrast at most. Two labels that contradict each other on one question are no contrast.
    /// </remarks>
    /// <param name="pairs">In any order.</param>
    public static IReadOnlyList<ContrastPair> In(IReadOnlyList<Preference> pairs)
    {
        var waiting = new Dictionary<(string, string), List<Preference>>();
        var found = new List<ContrastPair>();
        foreach (Preference pair in pairs)
        {
            List<Preference> others = waiting.GetValueOrDefault((pair.Rejected, pair.Chosen)) ?? [];
            int other = others.FindIndex(one => Differs(one.Example, pair.Example));
            if (other >= 0)
            {
                found.Add(new(others[other], pair));
                others.RemoveAt(other);
            }
            else
            {
                (waiting.TryGetValue((pair.Chosen, pair.Rejected), out List<Preference>? same)
                    ? same : waiting[(pair.Chosen, pair.Rejected)] = []).Add(pair);
            }
        }

        return found;
    }

    private static bool Differs(Example one, Example other) => one.Question != other.Question
        || !one.Images.Select(image => image.Identity(one.Id)).SequenceEqual(other.Images.Select(image => image.Identity(other.Id)));
}
