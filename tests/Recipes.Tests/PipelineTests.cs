using TorchSharp;
using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.Models;

namespace Recipes.Tests;

/// <summary>What the recipes of several stages rest on, with the model that they ship with.</summary>
public class PipelineTests
{
    // Rules are read in the first phase alone: what the later ones learn under is, id by id, what is asked in use.
    [Fact]
    public void Without_the_rules_a_prompt_is_that_of_use_and_the_mask_covers_what_is_no_image()
    {
        VlmCheckpoint vlm = VlmCheckpoint.Load(Repository.PathOf("recipes", "warm-start"), torch.CPU);
        var book = RuleBook.New(1);
        Example example = RuleDrawings.Example(book, 1, Split.Train, 0);
        Prompt used = vlm.Processor.Prompt(example), ruled = vlm.Processor.Prompt(PrivilegedContext.On(example, book.Text));
        var options = new GrpoOptions { GroupSize = 2, MaxNewTokens = 4 };

        Rollout[] privileged = PrivilegedContext.Sample(vlm.Policy(), [used], [ruled], options, new SampleKey(1, 1));
        Prompt sequence = WholeSequenceUpdate.Sequence(ruled, vlm.Processor.Completion(example.Answer));
        bool[] mask = WholeSequenceUpdate.Mask(sequence.Tokens, vlm.Model.ImageToken);

        Assert.All(privileged, rollout => Assert.Equal(used.Tokens, rollout.Prompt.Tokens));
        Assert.Equal(used.Tokens, vlm.Processor.Prompt(RuleDrawings.Example(book, 1, Split.Train, 0)).Tokens);
        Assert.True(ruled.Tokens.Length > used.Tokens.Length + 20 && sequence.Tokens.Length < vlm.Model.MaxPositions);
        Assert.Contains(book.Text, ruled.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Rules", used.Text, StringComparison.Ordinal);
        Assert.All(sequence.Tokens.Zip(mask).Skip(1), pair => Assert.Equal(pair.First != vlm.Model.ImageToken, pair.Second));
        Assert.Equal(16, mask.Skip(1).Count(one => !one));
    }

    [Theory]
    [InlineData("bstar", "--steps 7 --iterations 2 --model m --data shapes", "--steps must be a multiple of")]
    [InlineData("bstar", "--try-temperatures hot --model m --data shapes", "--try-temperatures must be numbers above 0")]
    [InlineData("bstar", "--eval-steps 5 --model m --data shapes", "--eval-steps must be 0")]
    [InlineData("pcurl", "--eval-steps 5 --model m --data shapes", "--eval-steps must be 0")]
    [InlineData("gui-ground", "--prompt-weight nothing", "--prompt-weight must be one of none, odsw-easy")]
    [InlineData("trimpi", "--rule-count 5", "--rule-count must be >= 1 and <= 4")]
    public void What_cannot_work_is_refused_in_three_lines(string recipe, string arguments, string problem)
    {
        Outcome outcome = RecipeProcess.Run(Repository.Root, recipe, arguments.Split(' '));

        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith("error: " + problem, outcome.Errors, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^error: .+\n   at: .+\n  try: .+\n\z", outcome.Errors);
    }
}
