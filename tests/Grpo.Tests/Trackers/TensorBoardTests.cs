using Vlm.Grpo.Tests.Report;
using Vlm.Images;

namespace Vlm.Grpo.Tests.Trackers;

/// <summary>Event files of a run, read by a reader that shares nothing with their writer.</summary>
public sealed class TensorBoardTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("vlm-tensorboard-");

    private string Folder => Path.Combine(_folder.FullName, "run");

    public void Dispose() => _folder.Delete(recursive: true);

    // RFC 3720, appendix B.4: 32 bytes of 0, and the bytes from 0 to 31.
    [Fact]
    public void The_reader_of_these_tests_knows_the_published_checksums()
    {
        Assert.Equal(0x8A9136AAu, EventReader.Crc32C(new byte[32]));
        Assert.Equal(0x46DD794Eu, EventReader.Crc32C([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
    }

    [Fact]
    public void Numbers_are_those_of_the_log_under_their_groups()
    {
        Write(run =>
        {
            run.Log(1, (Metric.Reward, 0.25), ("reward/iou", 0.5), ("eval/accuracy", 0.75), ("latent/used_codes", 3), ("judge/step_s", 1.5));
            run.Log(2, (Metric.Reward, double.NaN));
        });

        EventReader.Event[] events = EventReader.Folder(Folder);
        Assert.Equal(("brain.Event:2", false, true), (events[0].Version, events[0].IsStart, events[1].IsStart));
        Assert.Equal(
            [(1, "train/reward", 0.25), (1, "train/reward/iou", 0.5), (1, "eval/accuracy", 0.75), (1, "latent/used_codes", 3.0), (1, "judge/step_s", 1.5),
                (2, "train/reward", double.NaN)],
            events.SelectMany(one => one.Values).Where(value => value.Number is not null).Select(value => (value.Step, value.Tag, value.Number!.Value)));
    }

    [Fact]
    public void The_time_is_that_of_the_clock_in_seconds()
    {
        Write(run => run.Log(1, (Metric.Reward, 1)));

        Assert.All(EventReader.Folder(Folder), one => Assert.Equal(1_700_000_000.5, one.WallTime));
        Assert.Matches(@"^events\.out\.tfevents\.1700000000\.[A-Za-z0-9-]+$", Path.GetFileName(Directory.GetFiles(Folder, "events.out*").Single()));
    }

    [Fact]
    public void Options_are_a_text()
    {
        Write(run => run.Log(1, (Metric.Reward, 1)));

        EventReader.Value options = Assert.Single(Values(), value => value.Tag == "run/options");
        Assert.Equal(0, options.Step);
        Assert.Contains("| learning-rate | 0.001 |\n", options.Text, StringComparison.Ordinal);
        Assert.Contains("| seed | 1 |\n", options.Text, StringComparison.Ordinal);
    }

    // Held-out questions 0, 1, 2, 3 before and after; two groups at the checkpoint of step 2, and at the end those of step 4.
    [Fact]
    public void Answers_come_as_text_and_pictures_of_evaluations_and_checkpoints()
    {
        DrawnRun.Write(Folder, setup: setup => setup with { Trackers = [new TensorBoardTracker()] });

        ILookup<string, EventReader.Value> shown = Values().ToLookup(value => value.Tag);
        Assert.Equal([0, 4], shown["held_out/question_1/text"].Select(value => value.Step));
        Assert.Equal([0, 4], shown["held_out/question_3/picture"].Select(value => value.Step));
        Assert.Empty(shown["held_out/question_4/picture"]);
        Assert.Equal([2, 4], shown["rollouts/question_2/text"].Select(value => value.Step));
        Assert.Equal([2, 4], shown["rollouts/question_1/picture"].Select(value => value.Step));
        Assert.Contains("| 0 | before | held-0 | ground | Where is &#60;it&#62; of held-0? |", shown["held_out/question_1/text"].First().Text, StringComparison.Ordinal);
        string group = shown["rollouts/question_1/text"].First().Text!;
        Assert.Contains("train-2-0", group, StringComparison.Ordinal);
        Assert.True(group.IndexOf("| 0.5 | &#91;100, 200", StringComparison.Ordinal) < group.IndexOf("| -0.5 | &#93;&#93;&#62;", StringComparison.Ordinal), group);
    }

    // Letters that Markdown, HTML or a terminal would take for their own, and control characters.
    [Fact]
    public void Texts_of_strangers_stay_text()
    {
        var answers = new TrackedAnswers(1, "rollouts", "training",
            [new("id", "kind", "a|b\n# head", null, null, [new("<script>`*_[x](y)\u001B[31m", 1, double.NaN, "")])]);
        Write(run => { }, tracker => tracker.Answers(answers));

        string text = Assert.Single(Values(), value => value.Tag == "rollouts/question_1/text").Text!;
        Assert.Equal(6, text.Trim().Split('\n').Length - 1);
        Assert.Contains("a&#124;b&#92;n&#35; head", text, StringComparison.Ordinal);
        Assert.DoesNotContain(text, letter => letter is '<' or '`' or '*' or '\u001B');
        Assert.Contains("&#92;u001B", text, StringComparison.Ordinal);
    }

    // The picture of 100 x 60 grows by 2; the true box is [10, 12, 50, 48], the answer of question 0 before [50, 0, 100, 30].
    [Fact]
    public void Boxes_are_drawn_where_they_are()
    {
        DrawnRun.Write(Folder, setup: setup => setup with { Trackers = [new TensorBoardTracker()] });

        EventReader.Value value = Values().First(one => one.Tag == "held_out/question_1/picture");
        RgbImage picture = ImageCodec.Decode(value.Png, "event");
        Assert.Equal((200, 120, 200L, 120L), (picture.Width, picture.Height, value.Width, value.Height));
        Assert.Equal((0x0B, 0x8A, 0x43), Pixel(20, 60));
        Assert.Equal((0x0B, 0x8A, 0x43), Pixel(60, 95));
        Assert.Equal((0xD9, 0x48, 0x0F), Pixel(150, 59));
        Assert.Equal((0xD9, 0x48, 0x0F), Pixel(199, 30));
        Assert.Equal((255, 255, 255), Pixel(60, 60));

        (int, int, int) Pixel(int x, int y)
        {
            ReadOnlySpan<byte> rgb = picture.Pixels.AsSpan(((y * picture.Width) + x) * 3, 3);
            return (rgb[0], rgb[1], rgb[2]);
        }
    }

    // Killed after step 4, resumed from the checkpoint of step 2: steps 3 and 4 are there twice and shown once.
    [Fact]
    public void A_resumed_run_writes_a_second_file_and_no_step_is_shown_twice()
    {
        DrawnRun.Write(Folder, finish: false, setup: With);
        DrawnRun.Write(Folder, resume: true, setup: With);

        Assert.Equal(2, Directory.GetFiles(Folder, "events.out.tfevents.*").Length);
        EventReader.Event[] events = EventReader.Folder(Folder);
        Assert.Equal([0, 3], events.Where(one => one.IsStart).Select(one => one.Step));
        Assert.Equal(6, events.SelectMany(one => one.Values).Count(value => value.Tag == "train/reward"));
        Assert.Equal([1, 2, 3, 4], EventReader.Shown(events).Where(value => value.Tag == "train/reward").Select(value => value.Step));
        Assert.Equal([0, 4], EventReader.Shown(events).Where(value => value.Tag == "held_out/question_1/text").Select(value => value.Step));

        static RunSetup With(RunSetup setup) => setup with { Trackers = [new TensorBoardTracker()] };
    }

    [Fact]
    public void A_run_that_replaces_another_has_its_own_events_alone()
    {
        Write(run => run.Log(1, (Metric.Reward, 1)));
        Write(run => run.Log(1, (Metric.Reward, 2)));

        Assert.Equal([2.0], EventReader.Folder(Folder).SelectMany(one => one.Values).Where(value => value.Number is not null).Select(value => value.Number!.Value));
    }

    [Fact]
    public void A_run_without_steps_and_answers_leaves_no_file()
    {
        Write(_ => { });

        Assert.Empty(Directory.GetFiles(Folder, "events.out.tfevents.*"));
    }

    // What is written can be read at once, while the run goes on.
    [Fact]
    public void Each_step_can_be_read_when_it_was_logged()
    {
        Write(run =>
        {
            for (long step = 1; step <= 3; step++)
            {
                run.Log(step, (Metric.Reward, step));
                Assert.Equal(step, Values().Last().Step);
            }
        });
    }

    private EventReader.Value[] Values() => EventReader.Shown(EventReader.Folder(Folder));

    private void Write(Action<Run> body, Action<ITracker>? tell = null)
    {
        var tracker = new TensorBoardTracker(new FixedTime());
        using Run<UpdateOptions> run = Run.Open(
            new RunSetup(Folder) { Trackers = [tracker], Replace = true }, new UpdateOptions { LearningRate = 0.001 });
        body(run);
        tell?.Invoke(tracker);
    }

    private sealed class FixedTime : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_500);
    }
}
