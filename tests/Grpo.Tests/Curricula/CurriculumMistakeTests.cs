namespace Vlm.Grpo.Tests.Curricula;

/// <summary>What a person may get wrong about a curriculum, in three lines each.</summary>
public class CurriculumMistakeTests
{
    private static readonly Data.Setting s_replay = new("replay", [Data.Of("a", 9), Data.Of("b", 5)]);

    [Theory]
    [InlineData("another file", "a", 10)]
    [InlineData("as many other questions", "c", 9)]
    public void The_state_of_other_data_is_refused(string what, string name, int count)
    {
        using Data.Folder folder = Written();
        Data.Setting other = s_replay with { Sources = [Data.Of(name, count), Data.Of("b", 5)] };

        UsageException error = Assert.Throws<UsageException>(() => other.New().Read(folder.Path));

        Assert.Equal($"error: the curriculum's state is of other data: its questions are not those of this run\n   at: {File(folder)}\n"
            + "  try: resume with the --data and --kinds that the run began with, or begin a new run", error.Render());
        Assert.NotEmpty(what);
        Assert.NotNull(s_replay.New().Read(folder.Path));
    }

    // A mixture may be weighed anew in the middle of a run, and a file may move.
    [Fact]
    public void Other_weights_and_names_are_not_other_data()
    {
        using Data.Folder folder = Written();
        Data.Setting same = s_replay with { Sources = [Data.Of("a", 9, weight: 4) with { Name = "moved" }, Data.Of("b", 5)] };

        Assert.Equal(3, same.New().Read(folder.Path).Asked);
    }

    [Fact]
    public void The_state_of_another_curriculum_and_none_are_refused()
    {
        using Data.Folder folder = Written();
        var other = Assert.Throws<UsageException>(() => (s_replay with { Name = "band" }).New().Read(folder.Path));
        Assert.Equal("the checkpoint holds the state of --curriculum replay", other.Message);

        System.IO.File.Delete(File(folder));
        var none = Assert.Throws<UsageException>(() => s_replay.New().Read(folder.Path));
        Assert.Equal("the checkpoint has no state of --curriculum replay: its run had none", none.Message);
        Assert.Equal(0, (s_replay with { Name = "shuffled" }).New().Read(folder.Path).Asked);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("{\"curriculum\":\"replay\"}")]
    [InlineData("{\"curriculum\":\"replay\",\"data\":\"x\",\"sources\":null}")]
    [InlineData("{\"curriculum\":\"replay\",\"data\":\"x\",\"sources\":[{\"position\":\"one\"}]}")]
    public void A_damaged_state_is_a_mistake_and_no_crash(string text)
    {
        using Data.Folder folder = Written();
        System.IO.File.WriteAllText(File(folder), text);

        var error = Assert.Throws<UsageException>(() => s_replay.New().Read(folder.Path));

        Assert.StartsWith("the curriculum's state cannot be read: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_that_a_curriculum_makes_no_sense_of_is_refused()
    {
        var endless = Assert.Throws<UsageException>(() => new Data.Setting("band", [Data.Of("shapes", null)]).New());
        Assert.Equal("error: band leaves out questions that it has asked before, and no question of shapes comes again\n"
            + "   at: --curriculum band\n  try: --curriculum success-rate, or data from a file", endless.Render());
        var single = Assert.Throws<UsageException>(() => new Data.Setting("success-rate", [Data.Of("a", 3)]).New());
        Assert.Equal("success-rate chooses among kinds of questions, and there is one: a", single.Message);
    }

    [Theory]
    [InlineData("curriculum", "shufled", "Curriculum must be one of shuffled, mixture, success-rate, band, replay")]
    [InlineData("weight", "odsw", "PromptWeight must be one of none, odsw-easy")]
    [InlineData("band", "", "BandHigh must be >= BandLow (0.9)")]
    public void Options_that_cannot_work_are_refused(string which, string value, string message)
    {
        CurriculumOptions options = which switch
        {
            "curriculum" => new() { Curriculum = value },
            "weight" => new() { PromptWeight = value },
            _ => new() { BandLow = 0.9 },
        };
        var error = Assert.Throws<OptionException>(() => OptionsCheck.Validate(options));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    private static Data.Folder Written()
    {
        var folder = new Data.Folder();
        Curriculum curriculum = s_replay.New();
        curriculum.Write(folder.Path, Data.Run(s_replay, 1, 1, 3, curriculum.Start).State);
        return folder;
    }

    private static string File(Data.Folder folder) => Path.Combine(folder.Path, "curriculum.json");
}
