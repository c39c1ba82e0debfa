export { ConfigModule } from './config.module.js';
export { DataFolder, DataFolderInUseError } from './data-folder.js';
export { InvalidSettingsError, readSettings } from './read-settings.js';
export { type SettingDescription, settingDescriptions } from './setting.decorator.js';
export { Settings } from './settings.js';
