using Vlm.LatentActions;
using Vlm.Models;
using Vlm.Models.SmolVlm;

namespace Vlm.Tests.LatentActions;

/// <summary>Which stages a folder has been through decides what may begin with it.</summary>
public sealed class LatentProgressTests : IDisposable
{
    private const string All = "./vlm latent-shapes goes through all stages in their order";
    private readonly string _folder = Directory.CreateTempSubdirectory("vlm-progress-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // 5 stages by 6 beginnings: each has one that it may begin with, and 25 that it may not.
    [Fact]
    public void A_stage_begins_after_the_one_before_it_and_after_no_other()
    {
        string?[] words = [null, "inverse", "cycle", "joint", "cloning", "task"];
        int refused = 0;
        foreach (LatentStage stage in Enum.GetValues<LatentStage>())
            foreach ((int at, string? word) in words.Index())
            {
                Put(word);
                UsageException? mistake = Mistake(() => LatentProgress.CheckBefore(stage, _folder));
                Assert.Equal(at == (int)stage, mistake is null);
                refused += mistake is null ? 0 : 1;
            }
        Assert.Equal(25, refused);
    }

    [Fact]
    public void A_refusal_says_which_stage_is_there_and_which_is_needed()
    {
        Put("cycle");
        Assert.Equal(
            $"error: stage cloning begins after stage joint, and this folder has been through stage cycle last\n"
            + $"   at: {_folder}\n  try: {All}",
            Mistake(() => LatentProgress.CheckBefore(LatentStage.Cloning, _folder))!.Render());
        Assert.Equal(
            $"error: stage inverse begins with a base alone, and this folder has been through stage cycle last\n"
            + $"   at: {_folder}\n  try: {All}",
            Mistake(() => LatentProgress.CheckBefore(LatentStage.Inverse, _folder))!.Render());
    }

    [Fact]
    public void A_base_alone_has_been_through_no_stage()
    {
        Assert.Null(LatentProgress.Of(_folder));
        LatentProgress.CheckBefore(LatentStage.Inverse, _folder);
        Assert.Equal("stage joint begins after stage cycle, and this folder has been through no stage",
            Mistake(() => LatentProgress.CheckBefore(LatentStage.Joint, _folder))!.Message);
    }

    [Theory]
    [InlineData(null, "no stage")]
    [InlineData("inverse", "stage inverse last")]
    [InlineData("cycle", "stage cycle last")]
    [InlineData("joint", "stage joint last")]
    [InlineData("cloning", null)]
    [InlineData("task", null)]
    public void Codes_act_once_the_policy_was_cloned(string? word, string? through)
    {
        Put(word);

        Assert.Equal(
            through is null ? null
                : $"error: codes act after stage cloning, and this folder has been through {through}\n"
                + $"   at: {_folder}\n  try: --tokens",
            Mistake(() => LatentProgress.CheckActs(_folder, "--tokens"))?.Render());
    }

    [Theory]
    [InlineData("\"Joint\"")]
    [InlineData("\"2\"")]
    [InlineData("2")]
    [InlineData("[]")]
    public void A_stage_of_another_name_is_refused(string json)
    {
        Write($$"""{"stage": {{json}}}""");

        Assert.Equal("\"stage\" must be one of inverse, cycle, joint, cloning, task",
            Mistake(() => LatentProgress.Of(_folder))!.Message);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(LatentStage.Inverse)]
    [InlineData(LatentStage.Task)]
    public void A_checkpoint_keeps_its_stage(LatentStage? stage)
    {
        string start = Directory.CreateDirectory(Path.Combine(_folder, "base")).FullName;
        SmolVlmNew.Write(start, SmolVlmNew.Smallest, ["a red circle"], 1);
        LatentCheckpoint latent = LatentCheckpoint.New(VlmCheckpoint.Load(start), TinyLatent.Config, seed: 4);
        using LatentModules modules = latent.Modules;
        Assert.Null(latent.Stage);

        (latent with { Stage = stage }).Write(_folder);

        LatentCheckpoint again = LatentCheckpoint.Load(_folder);
        using LatentModules loaded = again.Modules;
        Assert.Equal(stage, again.Stage);
        Assert.Equal(stage, LatentFacts.Of(_folder, again.Base.Model.Sizes).Stage);
    }

    private static UsageException? Mistake(Action check) => Record.Exception(check) as UsageException;

    private void Put(string? word) => Write(word is null ? "{}" : $$"""{"stage": "{{word}}"}""");

    private void Write(string json)
    {
        File.WriteAllText(Path.Combine(_folder, LatentCheckpoint.ConfigFile), json);
        File.WriteAllText(Path.Combine(_folder, LatentCheckpoint.WeightsFile), "");
    }
}
