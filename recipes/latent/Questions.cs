using Vlm;
using Vlm.Datasets;

/// <summary>Questions that an experiment reinforces on and tests with, as a model's prompts with their truth.</summary>
interface IQuestions
{
    /// <summary>The kinds of questions, in words.</summary>
    string Kinds { get; }

    /// <summary>A question with its truth, as a reward needs it.</summary>
    Prompt Ask(Split split, long seed, long index);
}

static class HeldOut
{
    /// <summary>Held-out questions, the same for every seed of training.</summary>
    internal static Prompt[] Test(this IQuestions questions, int count) =>
        [.. Enumerable.Range(0, count).Select(i => questions.Ask(Split.Test, 0, i))];
}
