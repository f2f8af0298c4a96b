using System.Text.Json.Nodes;
using TorchSharp;
using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Models.SmolVlm;

namespace Vlm.Tests.LatentActions;

/// <summary>Which stages a folder has completed decides what may begin with it.</summary>
public sealed class LatentProgressTests : IDisposable
{
    private const string All = "start from a folder that has completed them, or run all stages in their order";
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-progress-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // 5 stages in 2 orders by 9 beginnings: each has one that it may begin with, and 8 that it may not.
    [Theory]
    [InlineData(TaskCodes.Inverse)]
    [InlineData(TaskCodes.Policy)]
    public void A_stage_begins_after_all_before_it_and_after_no_others(TaskCodes whose)
    {
        string[] beginnings =
        [
            "", "inverse", "inverse cycle", "inverse cycle joint", "inverse cycle joint task", "inverse cycle joint cloning",
            "cycle inverse", "joint", "inverse cycle joint task cloning",
        ];
        int refused = 0;
        foreach ((int at, LatentStage stage) in LatentProgress.Order(whose).Index())
            foreach (string words in beginnings)
            {
                Put(words);
                UsageException? mistake = Mistake(() => LatentProgress.CheckBefore(stage, whose, _folder));
                string needed = string.Join(' ', LatentProgress.Order(whose).Take(at)).ToLowerInvariant();
                Assert.Equal(words == needed, mistake is null);
                refused += mistake is null ? 0 : 1;
            }
        Assert.Equal(40, refused);
    }

    [Fact]
    public void The_policy_copies_codes_after_the_task_or_before_it()
    {
        Assert.Equal(["Inverse", "Cycle", "Joint", "Task", "Cloning"], Words(TaskCodes.Inverse));
        Assert.Equal(["Inverse", "Cycle", "Joint", "Cloning", "Task"], Words(TaskCodes.Policy));

        static IEnumerable<string> Words(TaskCodes whose) => LatentProgress.Order(whose).Select(stage => stage.ToString());
    }

    [Fact]
    public void A_refusal_says_which_stages_are_there_and_which_are_needed()
    {
        Put("inverse cycle");
        Assert.Equal(
            $"error: stage cloning starts after inverse, cycle, joint, and this folder has completed inverse, cycle\n"
            + $"   at: {_folder}\n  try: {All}",
            Mistake(() => LatentProgress.CheckBefore(LatentStage.Cloning, TaskCodes.Policy, _folder))!.Render());
        Assert.Equal(
            $"error: stage inverse starts from a base model, and this folder has completed inverse, cycle\n"
            + $"   at: {_folder}\n  try: {All}",
            Mistake(() => LatentProgress.CheckBefore(LatentStage.Inverse, TaskCodes.Policy, _folder))!.Render());
    }

    [Fact]
    public void A_base_alone_has_completed_no_stage()
    {
        Assert.Empty(LatentProgress.Of(_folder));
        LatentProgress.CheckBefore(LatentStage.Inverse, TaskCodes.Inverse, _folder);
        Assert.Equal("stage joint starts after inverse, cycle, and this folder has completed no stage",
            Mistake(() => LatentProgress.CheckBefore(LatentStage.Joint, TaskCodes.Inverse, _folder))!.Message);
    }

    [Theory]
    [InlineData("", "no stage")]
    [InlineData("inverse", "inverse")]
    [InlineData("inverse cycle joint task", "inverse, cycle, joint, task")]
    [InlineData("inverse cycle joint cloning", null)]
    [InlineData("inverse cycle joint task cloning", null)]
    public void Codes_act_once_the_policy_was_cloned(string words, string? through)
    {
        Put(words);

        Assert.Equal(
            through is null ? null
                : $"error: a policy over codes needs stage cloning, and this folder has completed {through}\n"
                + $"   at: {_folder}\n  try: --tokens",
            Mistake(() => LatentProgress.CheckActs(_folder, "--tokens"))?.Render());
    }

    [Theory]
    [InlineData("[\"Joint\"]")]
    [InlineData("[\"2\"]")]
    [InlineData("[2]")]
    [InlineData("[[]]")]
    [InlineData("[null]")]
    [InlineData("\"joint\"")]
    [InlineData("{}")]
    public void A_stage_of_another_name_is_refused(string json)
    {
        Write($$"""{"stages": {{json}}}""");

        Assert.Equal("\"stages\" must be a list of inverse, cycle, joint, cloning, task",
            Mistake(() => LatentProgress.Of(_folder))!.Message);
    }

    [Theory]
    [InlineData()]
    [InlineData(LatentStage.Inverse)]
    [InlineData(LatentStage.Inverse, LatentStage.Task)]
    public void A_checkpoint_keeps_its_stages(params LatentStage[] stages)
    {
        string start = Directory.CreateDirectory(Path.Combine(_folder, "base")).FullName;
        SmolVlmNew.Write(start, SmolVlmNew.Smallest, ["a red circle"], 1);
        LatentCheckpoint latent = LatentCheckpoint.New(VlmCheckpoint.Load(start, torch.CPU), TinyLatent.Config, seed: 4);
        using LatentModules modules = latent.Modules;
        Assert.Empty(latent.Stages);

        (latent with { Stages = stages }).Write(_folder);

        LatentCheckpoint again = LatentCheckpoint.Load(_folder, torch.CPU);
        using LatentModules loaded = again.Modules;
        Assert.Equal(stages, again.Stages);
        Assert.Equal(stages, LatentFacts.Of(_folder, again.Base.Model.Sizes).Stages);
    }

    private static UsageException? Mistake(Action check) => Record.Exception(check) as UsageException;

    private void Put(string words)
    {
        JsonObject json = TinyLatent.Config.Json();
        if (words.Length > 0)
            json["stages"] = new JsonArray([.. words.Split(' ').Select(word => (JsonNode)word)]);
        Write(json.ToJsonString());
    }

    private void Write(string json)
    {
        File.WriteAllText(Path.Combine(_folder, LatentCheckpoint.ConfigFile), json);
        File.WriteAllText(Path.Combine(_folder, LatentCheckpoint.WeightsFile), "");
    }
}
