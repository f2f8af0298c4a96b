using System.Text.Json;

namespace Vlm.Rewards.Tests;

/// <summary>Readings of choices and open answers against the peers' own functions.</summary>
public class ChoiceVectorTests
{
    private static readonly string[] s_options = ["cat", "dog", "bird", "fish"];

    [Fact]
    public void Choices_are_read_as_each_scorer_does() => MetricVectors.Each("multiple_choice", 16, item =>
    {
        string answer = item.Text("pred");
        Same(item, "mmmu_official_parse", MmmuChoice.Read(answer, s_options));
        Same(item, "mmmu_official_parse", MmmuChoice.Read(answer, s_options, ScoringMode.LmmsEval));
        Same(item, "vlmevalkit_can_infer", MmBenchChoice.Read(answer, s_options));
        Same(item, "vlmevalkit_can_infer", MmmuChoice.Read(answer, s_options, ScoringMode.VlmEvalKit));
        Same(item, "vlmevalkit_can_infer", ScienceQaChoice.Read(answer, s_options, ScoringMode.VlmEvalKit));
        Same(item, "vlmevalkit_can_infer", Ai2dChoice.Read(answer, s_options, ScoringMode.VlmEvalKit));
        Same(item, "vlm_r1_extract_choice", VlmR1Choice.Read(answer));
        Assert.Equal(item.Number("lmms_scienceqa_hit_if_gold_B"),
            ScienceQaChoice.Score(answer, 'B', s_options, ScoringMode.LmmsEval).Value);
    });

    [Fact]
    public void Open_answers_are_parsed_as_MMMUs_script_does() => MetricVectors.Each("mmmu_open", 4, item => Assert.Equal(
        item.Texts("parsed").Order(StringComparer.Ordinal),
        MmmuOpen.Read(item.Text("pred")).Select(said => said.ToString()).Order(StringComparer.Ordinal)));

    // "<random>", false and null: the peer guesses, asks a language model, or gives up.
    private static void Same(JsonElement item, string peer, ReadChoice choice)
    {
        string? letter = item.GetProperty(peer).ValueKind == JsonValueKind.String ? item.Text(peer) : null;
        Assert.Equal((item.Text("pred"), peer, letter == "<random>" ? null : letter), (item.Text("pred"), peer, choice.Letter?.ToString()));
        Assert.Equal(choice.Letter is null, choice.Against('B').IsUnparsed());
    }
}
