using System.Text.Json.Nodes;
using Vlm;
using Vlm.Datasets;

namespace Recipes.Tests;

/// <summary>./vlm pairs: a model's own answers, paired by a reward, and learned from.</summary>
[Collection(nameof(MoreRecipeRunsGroup))]
public sealed class PairsTests(RecipeRuns runs)
{
    private static readonly string s_model = Repository.PathOf("recipes", "warm-start");

    [Fact]
    public void Answers_of_a_model_are_paired_by_their_reward_at_any_batch()
    {
        JsonObject result = Pairs("pairs-together"), apart = Pairs("pairs-apart", "--batch", "17");

        Preference[] pairs = [.. Read("pairs-together")];
        Assert.Equal((8, 64, pairs.Length), ((int)result["questions"]!, (int)result["answers"]!, (int)result["pairs"]!));
        Assert.InRange(pairs.Length, 8, 32);
        Assert.All(pairs, pair =>
        {
            double Earned(string text) => Example.Score([pair.Example], [text])[0].Value;
            Assert.Equal(pair.Strength!.Value, Earned(pair.Chosen) - Earned(pair.Rejected), 1e-9);
            Assert.True(pair.Strength > 0);
        });
        Assert.Equal(result["pairs"]!.ToJsonString(), apart["pairs"]!.ToJsonString());
        Assert.Equal(pairs.Select(pair => (pair.Example.Id, pair.Chosen, pair.Rejected)), Read("pairs-apart").Select(pair => (pair.Example.Id, pair.Chosen, pair.Rejected)));
    }

    // Generated pairs and those of files together: 24 and all but the held-out ones of the file.
    [Fact]
    public void A_reward_model_learns_from_them_beside_generated_pairs()
    {
        Pairs("pairs-mixed", "--questions", "20");
        int made = Read("pairs-mixed").Count();

        Outcome outcome = runs.Run("reward-model", "--smoke", "--data", "shapes", runs.PathOf("pairs-mixed", "pairs.parquet"), "--split", "80/20", "--out", "rm-mixed");

        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        string said = outcome.Errors.Split('\n').Single(line => line.Contains("pairs to train on", StringComparison.Ordinal));
        Assert.InRange(int.Parse(said.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture), 24 + (made / 2), 24 + made - 1);
        Assert.Contains("16 held out", said, StringComparison.Ordinal);
    }

    // A reward that all answers earn alike.
    [Fact]
    public void Answers_that_no_reward_tells_apart_are_said_to_be_so()
    {
        Outcome outcome = runs.Run("pairs", "--smoke", "--model", s_model, "--kinds", "caption", "--min-gap", "2", "--out", "pairs-none");

        Assert.Equal(2, outcome.ExitCode);
        Assert.Contains("no two of 64 answers to 8 questions are told apart by the reward", outcome.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists(runs.PathOf("pairs-none", "pairs.parquet")));
    }

    private JsonObject Pairs(string folder, params string[] more)
    {
        Outcome outcome = runs.Run("pairs", ["--smoke", "--model", s_model, "--kinds", "caption", "--max-new-tokens", "24", "--out", folder, .. more]);
        Assert.True(outcome.ExitCode == 0, outcome.Errors);
        return JsonNode.Parse(File.ReadAllText(runs.PathOf(folder, "result.json")))!.AsObject();
    }

    private IEnumerable<Preference> Read(string folder) => PreferenceData.Open([runs.PathOf(folder, "pairs.parquet")]).Pairs;
}
