using Vlm.Grpo.Reports;

namespace Vlm.Grpo.Tests.Report;

/// <summary>Rollouts of a step, read again from a run's folder.</summary>
public sealed class StepRolloutsTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-step-rollouts-");

    private string Folder => Path.Combine(_folder.FullName, "run");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void A_step_has_its_groups_with_pictures_and_the_last_is_taken_unless_one_is_named()
    {
        DrawnRun.Write(Folder);

        StepRollouts last = StepRollouts.Read(Folder), third = StepRollouts.Read(Folder, 3);
        Assert.Equal((4, "1 to 4", 3), (last.Step, last.Steps, third.Step));
        Assert.Equal(["train-3-0", "train-3-1"], third.Groups.Select(group => group.Question.Id));
        Assert.Equal([1.0, 0.0], third.Groups[0].Members.Select(member => member.Answer.Reward));
        (Vlm.Images.RgbImage image, int width, int height) = third.Picture(third.Groups[0])!.Value;
        Assert.Equal((DrawnRun.Width, DrawnRun.Height, (byte)252), (width, height, image.Pixels[0]));
    }

    [Fact]
    public void A_step_that_is_not_there_is_told_with_those_that_are()
    {
        DrawnRun.Write(Folder);

        var error = Assert.Throws<UsageException>(() => StepRollouts.Read(Folder, 7));
        Assert.Equal(("there are no rollouts of step 7; there are those of 1 to 4", "--step 7", "--step 4"), (error.Message, error.Where, error.Fix));
    }

    // Of steps 16 to 31 every second one keeps pictures.
    [Fact]
    public void The_nearest_step_with_pictures_is_known()
    {
        DrawnRun.Write(Folder, steps: 19);

        Assert.Equal((18L, null), (StepRollouts.Read(Folder).PicturedStep, StepRollouts.Read(Folder).Groups[0].Question.Picture));
        Assert.Equal(18, StepRollouts.Read(Folder, 18).PicturedStep);
    }

    [Theory]
    [InlineData(new long[] { 5 }, "5")]
    [InlineData(new long[] { 1, 2, 3, 5, 7, 8 }, "1 to 3, 5, 7 to 8")]
    [InlineData(new long[] { 1, 3, 5, 7, 9, 11, 13, 15, 17, 19 }, "1, 3, 5, 7, 9, 11, ..., 19")]
    public void Steps_are_said_in_spans(long[] steps, string said) => Assert.Equal(said, StepRollouts.Spans(steps));

    [Fact]
    public void A_run_without_rollouts_says_why()
    {
        Write(finish: true);
        Assert.Equal(("this run has no rollouts: it learned from given answers, or measured", $"./vlm report {Folder}, whose page has its held-out answers"), Refused());

        Directory.Delete(Folder, recursive: true);
        Write(finish: false);
        Assert.Equal(("the run ended before any of its rollouts reached the disk", $"./vlm mine --out {Folder}"), Refused());

        Directory.Delete(Folder, recursive: true);
        using (Run<UpdateOptions> run = Run.Open(new RunSetup(Folder), new UpdateOptions()))
            Assert.Equal(("the run goes on, and none of its rollouts have reached the disk: they do at checkpoints and every 2,048",
                $"wait for its first checkpoint, then ./vlm show {Folder}"), Refused());

        Assert.Equal("there is no such run", Assert.Throws<UsageException>(() => StepRollouts.Read(Folder + "-2")).Message);
    }

    // Parts of a run that goes on are read as the one file of a finished one.
    [Fact]
    public void A_run_that_goes_on_is_read_as_far_as_it_is_on_the_disk()
    {
        StepRollouts? found = null;
        DrawnRun.Write(Folder, last: _ => found = StepRollouts.Read(Folder));

        Assert.Equal((2, "1 to 2"), (found!.Step, found.Steps));
    }

    private void Write(bool finish)
    {
        using Run<UpdateOptions> run = Run.Open(new RunSetup(Folder) { Command = $"./vlm mine --out {Folder}" }, new UpdateOptions());
        run.Log(1, (Metric.Loss, 1));
        if (finish)
            run.Finish(new { });
    }

    private (string, string) Refused()
    {
        var error = Assert.Throws<UsageException>(() => StepRollouts.Read(Folder));
        Assert.Equal(Folder, error.Where);
        return (error.Message, error.Fix);
    }
}
