using Recipes.Cli;
using Vlm;
using Vlm.Datasets;
using Vlm.Rewards.Learned.CoEvolution;

/// <summary>Turns items into prompts, with the question and the images they are about.</summary>
/// <param name="Limits">How prompts are made, and how long they may be.</param>
/// <param name="Room">Tokens of a reply.</param>
/// <param name="Original">The example at a position of the training data.</param>
sealed record ItemPrompts(PromptLimits Limits, int Room, Func<long, Example> Original)
{
    /// <summary>The items whose prompts are not too long, and how many are.</summary>
    public (CoEvolutionItem[] Items, int TooLong) Fitting(IReadOnlyList<CoEvolutionItem> items)
    {
        CoEvolutionItem[] fitting = [.. items.Where(item => Limits.Fit(Of(item), Room).Problem is null)];
        return (fitting, items.Count - fitting.Length);
    }

    /// <summary>The prompt of an item.</summary>
    public Prompt Ask(CoEvolutionItem item) => Limits.Ask(Of(item));

    /// <summary>Writes items as a data set of questions with what is right; the file is whole or absent.</summary>
    public void Write(string file, IReadOnlyList<CoEvolutionItem> items) => ParquetExamples.Write(file, [.. items.Select(Of)]);

    private Example Of(CoEvolutionItem item) => item.On(Original(item.Source));
}
