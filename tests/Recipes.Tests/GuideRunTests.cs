using System.Text.Json.Nodes;
using TorchSharp;
using Vlm;
using Vlm.Datasets;
using Vlm.Models;
using Vlm.Models.SmolVlm;
using Vlm.Text;

namespace Recipes.Tests;

/// <summary>The task "guide": its vocabulary, its base, and its dial in recipes.</summary>
[Collection(nameof(RecipeRunsGroup))]
public class GuideRunTests(RecipeRuns runs)
{
    // Words, then 3 special tokens, 256 bytes, 40 of images, and User, Assistant, Tell, "a", "about", "the", "picture".
    [Theory]
    [InlineData(1, 250 + 306)]
    [InlineData(4, 1000 + 306)]
    [InlineData(16, 4000 + 306)]
    public void Every_word_is_a_token_and_every_token_of_a_text_is_of_its_concepts_class(int dial, int vocabulary)
    {
        var tokenizer = Tokenizer.Parse(SmolVlmTokens.OfWords(Guide.Texts(dial)), configJson: null, "guide");
        int[] classes = GuideLexicon.Classes(tokenizer.VocabularySize, id => tokenizer.Decode([id]));

        Assert.Equal(vocabulary, tokenizer.VocabularySize);
        Assert.Equal(250 + 306, classes.Distinct().Count());
        Assert.Equal(250 * dial, classes.Count(one => one < GuideLexicon.Concepts));
        for (int i = 0; i < 300; i++)
        {
            Example example = Guide.Example(1, Split.Train, i, dial: dial);
            int[] ids = tokenizer.Encode(" " + example.Answer);
            Assert.Equal(" " + example.Answer, tokenizer.Decode(ids));
            Assert.Equal(GuideGrammar.Parse(example.Answer).Choices.Count - 1, ids.Length);
            Assert.Equal(
                example.Answer.Replace(".", " .", StringComparison.Ordinal).Split(' ')
                    .Select(word => GuideLexicon.ConceptOf(word) ?? classes[tokenizer.IdOf(".")!.Value]),
                ids.Select(id => classes[id]));
        }
    }

    [Fact]
    public void A_base_sees_as_its_start_does_and_is_reinforced_at_its_dial()
    {
        Outcome made = runs.Run("guide-base", "--smoke", "--dial", "4", "--seed", "7", "--out", "guide-base");
        Assert.True(made.ExitCode == 0, made.Errors);
        JsonObject result = JsonNode.Parse(File.ReadAllText(runs.PathOf("guide-base", "result.json")))!.AsObject();
        Assert.Equal((4, 1306), ((int)result["dial"]!, (int)result["vocabulary"]!));
        using IVisionLanguageModel start = VlmCheckpoint.Load(Repository.PathOf("recipes/warm-start"), torch.CPU).Model;
        using IVisionLanguageModel model = VlmCheckpoint.Load(runs.PathOf("guide-base", "model"), torch.CPU).Model;
        var weights = start.Parameters.ToDictionary(item => item.Name, item => item.Value);
        string[] seeing = [.. model.Parameters.Select(item => item.Name).Where(name => model.PartOf(name) == ModelPart.Vision)];
        Assert.True(seeing.Length > 20);
        Assert.All(model.Parameters.Where(item => seeing.Contains(item.Name)), item => Assert.True(weights[item.Name].allclose(item.Value, 0, 0)));

        Outcome outcome = runs.Run("grpo", "--smoke", "--model", "guide-base/model", "--data", "guide", "--dial", "4", "--out", "guide-grpo");
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        JsonNode before = JsonNode.Parse(File.ReadAllText(runs.PathOf("guide-grpo", "result.json")))!["before"]!;
        Assert.InRange((double)before["guide_reward"]!, 0, 1);
        Assert.Subset(GuideRoles.Reinforced.ToHashSet(), before["kinds"]!.AsArray().Select(kind => (string)kind!["kind"]!).ToHashSet());
    }

    [Theory]
    [InlineData("grpo", "--smoke", "--data", "shapes", "--dial", "4")]
    [InlineData("score", "--smoke", "--data", "shapes", "--dial", "4")]
    [InlineData("data", "rows.jsonl", "--dial", "4")]
    public void A_dial_without_its_data_is_refused_in_three_lines(string recipe, params string[] arguments)
    {
        string[] model = recipe == "score" ? ["--model", Repository.PathOf("recipes/warm-start")] : [];
        Outcome outcome = runs.Run(recipe, [.. arguments, .. model, "--out", $"dial-{recipe}"]);

        Assert.Equal(2, outcome.ExitCode);
        Assert.Matches(
            @"(?m)^error: a dial without its data: only guide, which is generated, has one\n   at: .*--dial 4\n  try: .*leave out --dial\n\z",
            outcome.Errors);
    }
}
